/**
 * Runs the same tests against the rail in one process and in three (P-04: same answers, same tables, same tests), and where
 * the store decides what is answered, on both engines.
 */
import { after, before, suite } from 'node:test';
import { deployments, engines, Rail, type Deployment, type Engine } from './deployment.ts';

type Env = Readonly<Record<string, string>>;
type Body = (rail: () => Rail) => void;

/** `body` declares tests; the rail runs while they do. */
export function onBothDeployments(what: string, env: Env, body: Body): void {
  for (const deployment of deployments) onOne({ what, env, deployment, engine: 'SQLite' }, body);
}

/** The same on both deployments, with SQLite and with PostgreSQL. */
export function onBothEngines(what: string, env: Env, body: Body): void {
  for (const engine of engines) for (const deployment of deployments) onOne({ what, env, deployment, engine }, body);
}

interface Setting {
  readonly what: string;
  readonly env: Env;
  readonly deployment: Deployment;
  readonly engine: Engine;
}

function onOne({ what, env, deployment, engine }: Setting, body: Body): void {
  suite(`${deployment} on ${engine}: ${what}`, () => {
    let rail: Rail | undefined;
    before(async () => {
      rail = await Rail.start(deployment, env, engine);
    });
    after(() => rail?.stop());
    body(() => {
      if (rail === undefined) throw new Error('the rail does not run');
      return rail;
    });
  });
}
