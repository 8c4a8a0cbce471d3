/**
 * Planted bugs: decisions that write facts and rows which agree with each other and are wrong. Each is the product's own
 * decision with one thing done otherwise, as a mistake in it would; the store is that of `every-table.ts`.
 */
import type { Change, Command, Decided, Decision, Decisions, Fact, Row, Table, View } from '../../src/base/decision.ts';
import { isObject } from '../../src/base/json.ts';
import { adjustments, allocations, decisions, exposures, invoices } from '../../src/budgets/tables.ts';
import type { PaymentCommand } from '../../src/flows/commands.ts';
import { changeHold, reserve } from '../../src/flows/holds.ts';
import { changesOf, rowsText } from '../../src/flows/row-facts.ts';
import type { CreateHoldCommand, MoveHoldCommand } from '../../src/flows/settlement.ts';
import { disputes, executions, offerQueues } from '../../src/orders/tables.ts';
import { accounts, counters, transactions } from '../../src/payments/tables.ts';
import { holdMoves, holds, ledgerAccounts, ledgerEntries, movements } from '../../src/settlement/tables.ts';
import type { Store } from '../../src/store/store.ts';
import { issued, reported, settled } from '../rig/gate-commands.ts';
import { on, openOf, orderOf, placeOf } from '../rig/order-commands.ts';
import { allocationOf, reviseOf } from '../rig/plan-commands.ts';
import { actualsOf, BUCKET, itemOf } from '../rig/reconciliation-commands.ts';
import { holdOf, receiptOf } from '../rig/settlement-commands.ts';
import * as scene from './every-table.ts';

export interface WrongDecision {
  readonly bug: string;
  /** The invariants that find it, and no others do. */
  readonly broken: readonly string[];
  readonly decisions: (decisions: Decisions) => Decisions;
  readonly run: (store: Store) => Promise<unknown>;
}

// ---- How a decision is made wrong.

type Twist = (change: Change) => readonly Change[];

/** Another row of one table; undefined: none. */
function row<R extends Row>(table: Table<R>, twist: (row: R) => Partial<R> | undefined): Twist {
  return (change) => {
    if (change.table !== table) return [change];
    const other = twist(change.row as R);
    return other === undefined ? [] : [{ table, row: { ...change.row, ...other } }];
  };
}

const without =
  (...tables: readonly Table[]): Twist =>
  (change) =>
    tables.includes(change.table) ? [] : [change];

const both =
  (...twists: readonly Twist[]): Twist =>
  (change) =>
    twists.reduce<readonly Change[]>((changes, twist) => changes.flatMap(twist), [change]);

/** The fact tells the same as the rows, or the row tables themselves would give the bug away. */
function retold(fact: Fact, twist: Twist): Fact {
  const body: unknown = JSON.parse(fact.body);
  if (!isObject(body) || !('rows' in body)) return fact;
  const rows: unknown = JSON.parse(rowsText(changesOf(body['rows']).flatMap(twist)));
  return { ...fact, body: JSON.stringify({ ...body, rows }) };
}

const twisted = (decided: Decided, twist: Twist): Decided => ({
  ...decided,
  ...(decided.facts === undefined ? {} : { facts: decided.facts.map((fact) => retold(fact, twist)) }),
  ...(decided.changes === undefined ? {} : { changes: decided.changes.flatMap(twist) }),
});

type Wrong = (command: Command, view: View, right: Decision) => Decided;

function instead(type: PaymentCommand['type'], wrong: Wrong): WrongDecision['decisions'] {
  return (all) => {
    const right = all.byType[type];
    if (right === undefined) throw new Error(`there is no decision ${type}`);
    const decide: Decision['decide'] = (command, view) => wrong(command, view, right);
    return { ...all, byType: { ...all.byType, [type]: { ...right, decide } } };
  };
}

const afterwards = (type: PaymentCommand['type'], twist: Twist): WrongDecision['decisions'] =>
  instead(type, (command, view, right) => twisted(right.decide(command, view), twist));

/** A decision that sees other rows of a table than there are. */
function seeing<R extends Row>(view: View, table: Table<R>, see: (row: R) => Partial<R>): View {
  return {
    ...view,
    row<S extends Row>(of: Table<S>, key: readonly string[]): S | undefined {
      const found = view.row(of, key);
      if (found === undefined || (of as Table) !== table) return found;
      return { ...found, ...see(found as unknown as R) };
    },
  };
}

const asStep = ({ fact, changes }: { fact: Fact; changes: readonly Change[] }): Decided => ({
  answer: '{}',
  code: null,
  facts: [fact],
  changes,
});

const holdMoved = (command: Command, view: View): Decided => {
  const { holdId, to, reason, actor } = command as MoveHoldCommand;
  return asStep(changeHold(view.row(holds, [holdId])!, { to, reason, actor }, { view, mapping: undefined }));
};

const submit =
  (...commands: readonly PaymentCommand[]) =>
  (store: Store): Promise<void> =>
    scene.done(store, ...commands);

const moved = (holdId: string, to: MoveHoldCommand['to']) => submit(scene.moveOf(holdId, to));

const { payer, payee } = scene.parties;

const settlement: readonly WrongDecision[] = [
  {
    bug: 'a top-up credits more than its receipt says',
    broken: ['S1'],
    decisions: afterwards(
      'apply-top-up',
      both(
        row(ledgerAccounts, ({ available }) => ({ available: available + 1n })),
        row(ledgerEntries, (entry) => ({
          available_change: entry.available_change + 1n,
          available_after: entry.available_after + 1n,
        })),
      ),
    ),
    run: submit(receiptOf('more', payer, 100n)),
  },
  {
    bug: 'a hold is created without looking at the balance',
    broken: ['S2'],
    decisions: instead('create-hold', (command, view) => {
      const terms = command as CreateHoldCommand;
      return asStep(reserve(terms, { keyed: undefined, actor: null }, view));
    }),
    run: submit(holdOf({ holdId: 'too-much', orderId: 'too-much', payer, payee }, 1_000_000n)),
  },
  {
    bug: 'balances are written that do not follow from what was there',
    broken: ['S3'],
    decisions: afterwards('move-hold', (change) => {
      const by = change.row['account_id'] === payer ? 5n : -5n;
      return both(
        row(ledgerAccounts, ({ available }) => ({ available: available + by })),
        row(ledgerEntries, ({ available_after: after }) => ({ available_after: after + by })),
      )(change);
    }),
    run: moved('hold-active', 'released'),
  },
  {
    bug: 'an account is not what its entry says',
    broken: ['S3'],
    decisions: afterwards('move-hold', (change) =>
      row(ledgerAccounts, ({ account_id: id, available }) => ({
        available: available + (id === payer ? 5n : -5n),
      }))(change),
    ),
    run: moved('hold-active', 'released'),
  },
  {
    bug: 'a hold reserves more than its amount',
    // Its entry is not what the hold asks for, either.
    broken: ['S4', 'S6'],
    decisions: afterwards(
      'create-hold',
      both(
        row(ledgerAccounts, ({ available, held }) => ({ available: available - 1n, held: held + 1n })),
        row(ledgerEntries, (entry) => ({
          available_change: entry.available_change - 1n,
          available_after: entry.available_after - 1n,
          held_change: entry.held_change + 1n,
          held_after: entry.held_after + 1n,
        })),
      ),
    ),
    run: submit(scene.holdNamed('hold-new')),
  },
  {
    bug: 'a frozen hold is voided',
    broken: ['S5'],
    decisions: instead('move-hold', holdMoved),
    run: moved('hold-frozen', 'voided'),
  },
  {
    bug: 'a release pays the payer',
    broken: ['S6'],
    decisions: instead('move-hold', (command, view, right) =>
      twisted(
        right.decide(
          command,
          seeing(view, holds, () => ({ payee_account_id: payer })),
        ),
        row(holds, () => ({ payee_account_id: payee })),
      ),
    ),
    run: moved('hold-active', 'released'),
  },
  {
    bug: 'a release forgets its movement',
    broken: ['S7'],
    decisions: afterwards('move-hold', without(movements)),
    run: moved('hold-active', 'released'),
  },
  {
    bug: 'a refund of an active hold moves money',
    broken: ['S7'],
    decisions: instead('move-hold', (command, view, right) =>
      twisted(right.decide(command, view), (change) =>
        change.table === holds
          ? [change, { table: movements, row: { ...lateMovement(view), ...movementOf('hold-active', 'refunded') } }]
          : [change],
      ),
    ),
    run: moved('hold-active', 'refunded'),
  },
  {
    bug: 'a movement of another amount',
    broken: ['S7'],
    decisions: afterwards(
      'move-hold',
      row(movements, () => ({ amount: 1n })),
    ),
    run: moved('hold-active', 'released'),
  },
  {
    bug: 'disputed money is released from where it is not',
    broken: ['S7'],
    decisions: afterwards(
      'move-hold',
      row(movements, () => ({ src: 'payout_available' })),
    ),
    run: moved('hold-frozen', 'released'),
  },
  {
    bug: 'a movement is called done and moved nothing',
    broken: ['S8'],
    decisions: instead('apply-movement', (command, view, right) => {
      const decided = right.decide(command, view);
      const facts = decided.facts?.filter(({ type }) => type === 'payments/movement-settled.v1') ?? [];
      return twisted({ ...decided, facts }, without(accounts, counters, transactions));
    }),
    run: scene.applyMovements,
  },
];

const movementOf = (holdId: string, to: string) => ({ movement_key: `hold:${holdId}:${to}`, cause: holdId });

const lateMovement = ({ at }: View) => ({
  src: 'dispute_reserve',
  dst: 'payout_available',
  inflow_tx: null,
  amount: 100n,
  state: 'pending',
  refusals: 0n,
  last_refusal: null,
  tx_id: null,
  created_at: at,
  updated_at: at,
  version: 1n,
});

const opening = orderOf('o-opening');
const completed = scene.execution('o-completed');
const disputed = scene.execution('o-disputed');

const orders: readonly WrongDecision[] = [
  {
    bug: 'an order is opened without an execution',
    broken: ['O1'],
    decisions: afterwards('open-execution', without(executions, offerQueues)),
    run: submit(openOf(opening)),
  },
  {
    bug: 'an execution has another price than its order',
    broken: ['O1'],
    decisions: afterwards(
      'open-execution',
      row(executions, () => ({ price_amount: 1n })),
    ),
    run: submit(openOf(opening)),
  },
  {
    bug: 'a hold is for another execution',
    broken: ['O2'],
    decisions: afterwards(
      'place-order',
      row(holds, () => ({ contract_id: 'another' })),
    ),
    run: submit(placeOf(orderOf('o-new'))),
  },
  {
    bug: 'an opening fails and keeps the money',
    broken: ['O2'],
    decisions: instead('open-execution', (command, view, right) => {
      const decided = right.decide(command, view);
      const facts = decided.facts?.filter(({ type }) => type.startsWith('orders/')) ?? [];
      return twisted({ ...decided, facts }, without(holds, holdMoves, ledgerAccounts, ledgerEntries));
    }),
    run: submit({ type: 'withdraw-offer', offerId: 'offer-1', reason: null, actor: null }, openOf(opening)),
  },
  {
    bug: 'an accepted execution keeps the money of the payer',
    broken: ['O3'],
    decisions: instead('accept-execution', (command, view, right) => {
      const decided = right.decide(command, view);
      const facts = decided.facts?.filter(({ type }) => type.startsWith('orders/')) ?? [];
      return twisted({ ...decided, facts }, without(holds, holdMoves, ledgerAccounts, ledgerEntries, movements));
    }),
    run: submit(on.accept(completed)),
  },
  {
    bug: 'a result leaves the queue as it is',
    broken: ['O4'],
    decisions: afterwards('report-result', without(offerQueues)),
    run: submit(on.result(scene.execution('o-open'))),
  },
  {
    bug: 'an arbiter’s ruling leaves the dispute open',
    broken: ['O5'],
    decisions: afterwards('resolve-dispute', without(disputes)),
    run: submit(on.resolve(disputed, 'payer')),
  },
];

const plenty = { allocated_cents: 1_000_000_000n };

const budgets: readonly WrongDecision[] = [
  {
    bug: 'a bucket counts more than its decisions hold',
    broken: ['B1'],
    decisions: afterwards(
      'gate',
      row(allocations, (bucket) => ({ reserved_cents: bucket.reserved_cents + 1n })),
    ),
    run: (store) => scene.allowed(store, 'd-new', { amount: 10 }),
  },
  {
    bug: 'a revision does not book what it says is on order',
    broken: ['B1'],
    decisions: afterwards(
      'revise-budget',
      row(allocations, (bucket) => ({ committed_cents: bucket.committed_cents - 500n })),
    ),
    run: submit(reviseOf('b-1', 21_000n, '2026-11', 1_500n)),
  },
  {
    bug: 'a parent forgets what it gave a category',
    broken: ['B2'],
    decisions: afterwards(
      'set-allocation',
      row(allocations, ({ category }) => (category === '' ? undefined : {})),
    ),
    run: submit(allocationOf('home', { amount: 100n, periodVersion: 3n, planned: ['apparel'] })),
  },
  {
    bug: 'an adjustment is booked with another amount',
    broken: ['B3'],
    decisions: afterwards(
      'advance-reconciliation',
      row(adjustments, () => ({ amount_cents: -1n })),
    ),
    run: async (store) => {
      await scene.done(store, { ...actualsOf(itemOf('late', { amountCents: 40n })), hierarchyVersion: 1n });
      await scene.reconcile(store, 'run-2');
    },
  },
  {
    bug: 'the gate lets everything through',
    broken: ['B4'],
    decisions: instead('gate', (command, view, right) => {
      const before = view.row(allocations, [BUCKET])?.allocated_cents ?? 0n;
      const decided = right.decide(
        command,
        seeing(view, allocations, () => plenty),
      );
      return twisted(
        decided,
        row(allocations, () => ({ allocated_cents: before })),
      );
    }),
    run: (store) => scene.allowed(store, 'd-new', { amount: 500_000 }),
  },
  {
    bug: 'a token is used before its invoice was paid',
    broken: ['B5'],
    decisions: instead('gate', (command, view, right) =>
      twisted(
        right.decide(
          command,
          seeing(view, invoices, () => ({ state: 'settled', received_msat: 1_000_000n })),
        ),
        row(invoices, () => ({ state: 'open', received_msat: 0n })),
      ),
    ),
    run: (store) => scene.again(store, scene.beyond('d-open')),
  },
  {
    bug: 'a paid decision forgets that it was paid',
    broken: ['B5'],
    decisions: afterwards(
      'gate',
      row(decisions, () => ({ paid: 0n })),
    ),
    run: async (store) => {
      await settled(store, 'd-open');
      await scene.again(store, scene.beyond('d-open'));
    },
  },
  {
    bug: 'two invoices have one payment hash',
    broken: ['B5'],
    decisions: afterwards(
      'record-invoice',
      row(invoices, () => ({ payment_hash: '00'.repeat(32) })),
    ),
    run: async (store) => {
      for (const id of ['d-one', 'd-two']) {
        await scene.gate(store, id, scene.beyond(id));
        await issued(store, id);
      }
    },
  },
  {
    bug: 'what was paid beyond the quote is dropped',
    broken: ['B6'],
    decisions: afterwards(
      'settle-invoice',
      row(invoices, () => ({ credit_msat: 0n })),
    ),
    run: (store) => settled(store, 'd-open', 170_000n),
  },
  {
    bug: 'what is owed is not found among what was paid',
    broken: ['B6'],
    decisions: afterwards(
      'settle-invoice',
      row(invoices, () => ({ credit: null })),
    ),
    run: (store) => settled(store, 'd-open', 170_000n),
  },
  {
    bug: 'a decision is committed and still called reserved',
    broken: ['B7'],
    decisions: afterwards(
      'report-decision',
      row(decisions, () => ({ state: 'reserved' })),
    ),
    run: (store) => reported(store, 'd-free', 'commit'),
  },
  {
    bug: 'a document gets a second decision',
    broken: ['B8'],
    decisions: afterwards(
      'gate',
      row(decisions, () => ({ document: 'po:plain' })),
    ),
    run: (store) => scene.allowed(store, 'd-new', { amount: 10, po: 'other' }),
  },
  {
    bug: 'another amount of what was paid for is reserved beside it',
    broken: ['B8'],
    decisions: afterwards(
      'gate',
      both(
        row(decisions, ({ state }) => (state === 'replaced' ? undefined : {})),
        row(allocations, ({ reserved_cents: reserved }) => ({ reserved_cents: reserved + 90_000n })),
      ),
    ),
    run: async (store) => {
      const more = { ...scene.beyond('d-paid'), amount: 90_100 };
      await scene.gate(store, 'd-more', more);
      await issued(store, 'd-more');
      await settled(store, 'd-more');
      await scene.again(store, more);
    },
  },
  {
    bug: 'an open invoice is not counted',
    broken: ['B9'],
    decisions: afterwards('gate', without(exposures)),
    run: (store) => scene.gate(store, 'd-new', scene.beyond('d-new')),
  },
  {
    bug: 'an order does not take its decision',
    broken: ['B10'],
    decisions: afterwards(
      'place-order',
      row(decisions, () => ({ order_id: null })),
    ),
    run: async (store) => {
      const { order, budget } = scene.onBudget('d-free');
      await scene.done(store, { ...placeOf(order), budget });
    },
  },
];

export const wrongDecisions: readonly WrongDecision[] = [...settlement, ...orders, ...budgets];
