/** Runs the same tests against the rail in one process and in three (P-04: same answers, same tables, same tests). */
import { after, before, suite } from 'node:test';
import { deployments, Rail } from './deployment.ts';

/** `body` declares tests; the rail runs while they do. */
export function onBothDeployments(
  what: string,
  env: Readonly<Record<string, string>>,
  body: (rail: () => Rail) => void,
): void {
  for (const deployment of deployments) {
    suite(`${deployment}: ${what}`, () => {
      let rail: Rail | undefined;
      before(async () => {
        rail = await Rail.start(deployment, env);
      });
      after(() => rail?.stop());
      body(() => {
        if (rail === undefined) throw new Error('the rail does not run');
        return rail;
      });
    });
  }
}
