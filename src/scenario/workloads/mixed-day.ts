/** A day as it comes: transfers, retries of older ones, and requests that are wrong in every way that P-12 names. */
import { inParallel } from '../asking.ts';
import type { Load, Told, Workload } from '../load.ts';

type Action = 'transfer' | 'retry' | 'above-cap' | keyof typeof probes;

/** A request that is refused before its key is looked up: what replaces what, and the code. */
const probes = {
  zero: ['amount', 0, 'invalid_amount'],
  negative: ['amount', -5, 'invalid_amount'],
  same: ['dst', undefined, 'same_balance_transfer'],
  unknown: ['src', 'petty_cash', 'unknown_balance'],
  'empty-key': ['idempotency_key', '', 'invalid_idempotency_key'],
} as const;

const isProbe = (action: Action): action is keyof typeof probes => action in probes;

export const mixedDay: Workload = {
  about: '150 requests by 8 callers: transfers, retries, amounts above the cap, validation probes',
  async run(load) {
    const before = await load.stats();
    const actions = plan(load, load.count(150));
    const told: Told[] = [];
    await inParallel(actions, load.callers(8), (action, index) => act(load, { action, index, told }));
    const after = await load.stats();
    if (!load.exact) return;
    const grew = (name: string): number => (after[name] ?? 0) - (before[name] ?? 0);
    const count = (wanted: (action: Action) => boolean): number => actions.filter(wanted).length;
    const expected = {
      ok: told.filter(({ spoken }) => spoken?.ok === true).length,
      invalid: count(isProbe),
      risk_denied: count((action) => action === 'above-cap'),
    };
    for (const [name, value] of Object.entries(expected))
      load.expect(grew(name) === value, 'STATS', `${name} grew by ${grew(name)}, expected ${value}`);
  },
};

function plan(load: Load, count: number): Action[] {
  const probeNames = Object.keys(probes).filter((name): name is keyof typeof probes => name in probes);
  return Array.from({ length: count }, (): Action => {
    const draw = load.random.next();
    if (draw < 0.65) return 'transfer';
    if (draw < 0.8) return 'retry';
    return draw < 0.85 ? 'above-cap' : load.random.pick(probeNames);
  });
}

async function act(
  load: Load,
  { action, index, told }: { readonly action: Action; readonly index: number; readonly told: Told[] },
): Promise<void> {
  if (isProbe(action)) return probe(load, action);
  if (action === 'above-cap') {
    const order = { ...load.order(1n), amount: load.rail.singleMax + BigInt(index + 1) };
    const { reference, spoken } = await load.transfer(load.reference(order));
    if (load.exact)
      load.expect(
        spoken?.error === 'transfer_amount_exceeds_limit',
        reference.key,
        `above the cap, heard ${spoken?.text}`,
      );
    return;
  }
  if (action === 'retry' && told.length > 0) {
    const earlier = load.random.pick(told);
    load.expectSame(earlier.spoken, (await load.transfer(earlier.reference)).spoken, earlier.reference.key);
    return;
  }
  const one = await load.transfer(load.reference(load.order(50n)));
  load.expectSuccess([one]);
  told.push(one);
}

function probe(load: Load, name: keyof typeof probes): Promise<void> {
  const { src, dst } = load.order(1n);
  const [member, value, code] = probes[name];
  const sound = { op: 'TRANSFER', src, dst, amount: 5, idempotency_key: `${load.settings.runId}:${name}` };
  return load.probe(JSON.stringify({ ...sound, [member]: name === 'same' ? src : value }), code);
}
