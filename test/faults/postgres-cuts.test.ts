/**
 * The network between a server and its database breaks at every point of a batch, before the statement arrives or with its
 * answer lost. The caller hears what is true, once; a commit of unknown fate is found out and not guessed.
 */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { ask, type Json } from '../rig/frame-client.ts';
import { CONNECTING, PostgresLink, type Cut } from '../rig/postgres-link.ts';
import { queryAt, sharedPostgres } from '../rig/postgres.ts';
import { assertRailSound } from '../rig/rail-sound.ts';
import { holdHead, readiness, startServer, waitingForLock, type Server } from '../rig/servers.ts';
import { transferRequest, UNAVAILABLE } from '../rig/transfer-request.ts';
import { until } from '../rig/until.ts';

const ROWS = 'rows-accounts';

suite('a connection to the database is cut', () => {
  let url: string;
  let link: PostgresLink;
  let server: Server;
  const told = new Map<string, string>();
  /** Transfers made of a DEBIT and a CREDIT. */
  let pairs = 0;

  before(async () => {
    url = await (await sharedPostgres()).createDatabase();
    link = await PostgresLink.start(url);
    server = await startServer(link.through(url));
  });

  after(async () => {
    await server.process.kill();
    await link.close();
  });

  /** Answers that have been told stay true, and the key moved money once. */
  async function assertTold(key: string, answer: string): Promise<void> {
    assert.equal((JSON.parse(answer) as Json)['ok'], true, answer);
    told.set(key, answer);
    assert.equal(await ask(server.gateway, transferRequest(key)), answer);
    await assertRailSound(url, told);
    assert.equal((await queryAt(url, 'select 1 from transactions')).length, 2 * (told.size + pairs));
  }

  const phases: readonly [phase: string, statement: string][] = [
    ['connecting', CONNECTING],
    ['beginning', 'begin'],
    ['taking its turn', 'lock-head'],
    ['loading keys', 'keys'],
    ['loading rows', ROWS],
    ['appending facts', 'append-facts'],
    ['appending the batch', 'append-batch'],
    ['committing', 'commit'],
  ];
  const cuts: readonly [when: string, cut: Cut][] = [
    ['before it arrives', 'before'],
    ['after it was carried out', 'after'],
  ];

  for (const [phase, statement] of phases) {
    for (const [when, cut] of cuts) {
      test(`${phase}, ${when}: the caller hears the one true outcome`, async () => {
        const key = `${statement} ${cut}`;
        if (statement === CONNECTING) link.cutAll();
        const broken =
          // Rows that are kept from batch to batch are loaded again after a batch that failed.
          statement === ROWS
            ? link.cutAt('begin', 'before').then(() => link.cutAt(ROWS, cut))
            : link.cutAt(statement, cut);
        let answer = await ask(server.gateway, transferRequest(key));
        await broken;
        // Refused is right as long as nothing was sent; asked again it goes through.
        await until('the caller has an outcome', async () => {
          if (answer !== UNAVAILABLE) return true;
          assert.notEqual(statement, 'commit', 'a commit is looked up');
          answer = await ask(server.gateway, transferRequest(key));
          return false;
        });
        await assertTold(key, answer);
      });
    }
  }

  // Nothing tells a DEBIT that comes again from the first: decided anew it would be refused as a duplicate.
  for (const cut of ['before', 'after', 'late'] as const) {
    const what = {
      before: 'never arrives',
      after: 'is carried out, and its answer is lost',
      late: 'arrives after the server has connected anew',
    };
    test(`a COMMIT that ${what[cut]}: a command without a key hears the truth, too`, async () => {
      const broken = link.cutAt('commit', cut);
      const move = { op: 'DEBIT', account: 'ops_float', amount: 1, tx_id: `debit-${cut}` };
      const answer = ask(server.ledger, move);
      const deliver = await broken;
      if (cut === 'late') {
        await until('the new connection waits for the old one', async () => (await waitingForLock(url)) === 1);
        assert.deepEqual(await queryAt(url, `select 1 from transactions where tx_id = 'debit-late'`), []);
      }
      deliver();
      assert.match(await answer, /^{"ok":true,"balance":\d+}$/);
      assert.match(await ask(server.ledger, move), /"duplicate_tx"/);
      const credit = await ask(server.ledger, { ...move, op: 'CREDIT', account: 'settlement_bank' });
      assert.match(credit, /"ok":true/);
      pairs += 1;
      await assertRailSound(url, told);
    });
  }

  test('while the fate of a commit is unknown, who waits behind it is refused, and so is who comes', async () => {
    const head = await holdHead(url);
    const answer = ask(server.gateway, transferRequest('unknown'));
    await until('its batch waits for its turn', async () => (await waitingForLock(url)) === 1);
    const behind = ask(server.gateway, transferRequest('behind'));
    // Answered by the same process, so by now the one before has come in.
    await ask(server.gateway, { op: 'STATS' });
    const refused = link.cutAt('commit', 'after').then(() => link.refuse());
    await head.letGo();
    await refused;
    assert.equal(await behind, UNAVAILABLE);
    assert.equal(await ask(server.gateway, transferRequest('later')), UNAVAILABLE);
    assert.equal(await readiness(server), 503);
    await link.accept();
    await assertTold('unknown', await answer);
    assert.equal(await readiness(server), 200);
  });

  test('everything at once, while it is idle: it is ready again by itself', async () => {
    link.cutAll();
    await assertTold('idle', await ask(server.gateway, transferRequest('idle')));
    assert.equal(await server.process.stop(), 0);
  });
});
