/**
 * L-09: wallets' programs that nobody here wrote pay for a gate call unchanged, through a real Lightning node. Each sends the
 * caller's key in `X-API-Key`, because it writes the credential over `Authorization`.
 */
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { after, before, suite, test } from 'node:test';
import { fetch402, fetchWithL402 as fetchWithL402OfToday } from '@getalby/lightning-tools/402';
import { MemoryTokenStore, setupL402Interceptor, Wallet } from 'l402';
import { fetchWithL402 as fetchWithL402OfYesterday, NoStorage } from 'lightning-tools-6/l402';
import { Lsat } from 'lsat-js';
import { attenuate, decodeMacaroon, encodeMacaroon } from '../../src/l402/macaroon.ts';
import { GateServer, purchase } from '../rig/gate-server.ts';

/** What the interceptor of `l402` needs of the HTTP client that comes with it. */
interface Axios {
  create(config: object): {
    post(url: string, body: object): Promise<{ status: number; data: Record<string, unknown> }>;
  };
}

const axios = createRequire(import.meta.resolve('l402'))('axios') as Axios;

suite('clients of others', () => {
  const server = new GateServer();
  /** Invoices that were paid, in order: nobody may pay twice for one call. */
  const paid: string[] = [];
  before(() => server.start());
  after(() => server.stop());

  const pay = async (invoice: string): Promise<string> => {
    paid.push(invoice);
    return server.pay(invoice);
  };
  const url = (action: string): string => `${server.url}/l402-otb/gate?ref=${action}`;
  const call = (body: object): RequestInit => ({
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'X-API-Key': server.token },
    body: JSON.stringify(body),
  });
  const wallet = { payInvoice: async ({ invoice }: { invoice: string }) => ({ preimage: await pay(invoice) }) };

  async function allowedOnce(ask: () => Promise<{ readonly status: number; readonly json: unknown }>): Promise<string> {
    const earlier = paid.length;
    const { status, json } = await ask();
    assert.deepEqual([status, paid.length - earlier], [200, 1]);
    assert.ok(typeof json === 'object' && json !== null && 'allowed' in json && 'decision_id' in json);
    assert.equal(json.allowed, true);
    return String(json.decision_id);
  }

  const answered = async (response: Response): Promise<{ status: number; json: unknown }> => ({
    status: response.status,
    json: await response.json(),
  });

  test('@getalby/lightning-tools 9: fetchWithL402 and fetch402, also two actions after each other', async () => {
    const ids = [
      await allowedOnce(async () =>
        answered(await fetchWithL402OfToday(url('a'), call(purchase(101, 'a')), { wallet })),
      ),
      await allowedOnce(async () => answered(await fetch402(url('b'), call(purchase(102, 'b')), { wallet }))),
      await allowedOnce(async () => answered(await fetch402(url('b'), call(purchase(103, 'c')), { wallet }))),
    ];
    assert.equal(new Set(ids).size, 3);
  });

  test('@getalby/lightning-tools 9: a credential that is used again never pays again', async () => {
    const first = await fetch402(url('d'), call(purchase(104, 'd')), { wallet });
    const { credentials } = (first as Response & { payment: { credentials: { header: string; value: string } } })
      .payment;
    const { decision_id: id } = (await first.json()) as { decision_id: string };
    const earlier = paid.length;
    const again = await fetch402(url('d'), call(purchase(104, 'd')), { wallet, credentials });
    assert.deepEqual(
      [again.status, ((await again.json()) as { decision_id: string }).decision_id, paid.length],
      [200, id, earlier],
    );
    const other = await fetch402(url('d'), call(purchase(105, 'e')), { wallet, credentials });
    assert.deepEqual([other.status, paid.length], [402, earlier]);
  });

  test('@getalby/lightning-tools 6: with a store and without', async () => {
    const webln = {
      enable: () => Promise.resolve(),
      sendPayment: async (invoice: string) => ({ preimage: await pay(invoice) }),
    };
    const of = (store?: InstanceType<typeof NoStorage>) =>
      ({ webln, ...(store === undefined ? {} : { store }) }) as never;
    await allowedOnce(async () => answered(await fetchWithL402OfYesterday(url('f'), call(purchase(106, 'f')), of())));
    // It keeps tokens by URL: an action with a URL of its own is not answered with the token of another.
    await allowedOnce(async () => answered(await fetchWithL402OfYesterday(url('g'), call(purchase(107, 'g')), of())));
    await allowedOnce(async () =>
      answered(await fetchWithL402OfYesterday(url('f'), call(purchase(108, 'h')), of(new NoStorage()))),
    );
  });

  test('l402 on axios: a token that it kept for the URL is answered with a challenge, and it recovers', async () => {
    class Payer extends Wallet {
      override async payInvoice(invoice: string): Promise<{ preimage: string; success: boolean }> {
        return { preimage: await pay(invoice), success: true };
      }
    }
    const instance = axios.create({ headers: { 'X-API-Key': server.token, 'Content-Type': 'application/json' } });
    setupL402Interceptor(instance as never, new Payer(), new MemoryTokenStore());
    const ask = async (body: object): Promise<{ status: number; json: unknown }> => {
      const { status, data } = await instance.post(url('axios'), body);
      return { status, json: data };
    };
    const ids = [await allowedOnce(() => ask(purchase(109, 'i'))), await allowedOnce(() => ask(purchase(110, 'j')))];
    assert.equal(new Set(ids).size, 2);
  });

  test('lsat-js: reads the challenge, checks the preimage, sends LSAT', async () => {
    await allowedOnce(async () => {
      const first = await fetch(url('k'), call(purchase(111, 'k')));
      const lsat = Lsat.fromHeader(first.headers.get('www-authenticate') ?? '');
      assert.equal(lsat.getCaveats().length, 5);
      lsat.setPreimage(await pay(lsat.invoice));
      const { headers, ...rest } = call(purchase(111, 'k'));
      return answered(
        await fetch(url('k'), { ...rest, headers: { ...(headers as object), Authorization: lsat.toToken() } }),
      );
    });
  });

  test('a client that writes the preimage into the macaroon, as those of LND’s family do', async () => {
    await allowedOnce(async () => {
      const first = await server.gate(purchase(112, 'l'));
      const [, text = '', invoice = ''] =
        /macaroon="([^"]+)", invoice="([^"]+)"/.exec(first.headers.get('www-authenticate') ?? '') ?? [];
      const preimage = await pay(invoice);
      const macaroon = decodeMacaroon(Buffer.from(text, 'base64'));
      assert.ok(typeof macaroon !== 'string');
      const sent = encodeMacaroon(attenuate(macaroon, `preimage=${preimage}`)).toString('base64');
      const { status, json } = await server.gate(purchase(112, 'l'), { credential: `L402 ${sent}:${preimage}` });
      return { status, json };
    });
  });
});
