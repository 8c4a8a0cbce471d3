/**
 * The invariants of the budget gate over its rows (B-05, B-20, B-22, B-24, L-04, L-07). What was let through at the time cannot be
 * seen in rows that have changed since: `verify-decisions.ts` looks at each fact for that, and finds the openings of plans.
 */
import { unallowedReasons } from '../budgets/reports.ts';
import { badRecord, listed, type Invariant } from './invariant.ts';
import { checkResult, type CheckResult } from './check-result.ts';
import type { Snapshot } from './snapshot.ts';

const LIVE = `('reserved', 'committed', 'received')`;

const HELD = 'd.reserved_cents + d.committed_cents + d.received_cents';

/** B1: what a bucket counts beyond its decisions; committed of a plan's opening is the only thing that may be. */
const counterDifferences = (limit: number): string => `
  select cast(bucket as text), cast(reserved as text), cast(committed as text), cast(received as text) from (
    select coalesce(a.bucket, d.bucket) as bucket,
      coalesce(a.reserved_cents, 0) - coalesce(d.reserved, 0) as reserved,
      coalesce(a.committed_cents, 0) - coalesce(d.committed, 0) as committed,
      coalesce(a.received_cents, 0) - coalesce(d.received, 0) as received
    from otb_allocations a full join (select bucket, sum(reserved_cents) as reserved, sum(committed_cents) as committed,
      sum(received_cents) as received from otb_gate_decisions group by bucket) d on d.bucket = a.bucket) counted
  where reserved <> 0 or committed <> 0 or received <> 0 order by bucket limit ${limit}`;

/** `openings` are orders from before the plan, which entered as commitments of a bucket when its budget was activated (B-20). */
export async function checkCounters(snapshot: Snapshot, openings: ReadonlyMap<string, bigint>): Promise<CheckResult> {
  const counted = { otb_allocations: await snapshot.count('otb_allocations') };
  const left = new Map(openings);
  // Those with an opening differ by it and nothing else; one more than there are of them is one that must not.
  for (const [bucket, ...differences] of await snapshot.select(counterDifferences(openings.size + 1))) {
    const opening = left.get(String(bucket)) ?? 0n;
    left.delete(String(bucket));
    const expected = ['0', opening.toString(), '0'];
    if (differences.every((difference, index) => difference === expected[index])) continue;
    return checkResult('B1', counted, counterFlaw(String(bucket), opening, differences));
  }
  const [missing] = left;
  return checkResult('B1', counted, missing && counterFlaw(missing[0], missing[1], ['0', '0', '0']));
}

function counterFlaw(bucket: string, opening: bigint, [reserved, committed, received]: readonly unknown[]) {
  const expected = `the sums over its decisions${opening === 0n ? '' : `, and committed ${opening} by its plan`}`;
  const found = `reserved ${String(reserved)}, committed ${String(committed)}, received ${String(received)} beyond its decisions`;
  return badRecord('otb_allocations', [`bucket=${bucket}`, expected, found]);
}

export const budgetInvariants: readonly Invariant[] = [
  {
    name: 'B2',
    of: ['otb_allocations'],
    rules: [
      {
        table: 'otb_allocations',
        sql: `select 'bucket=' || coalesce(p.bucket, c.bucket), 'children = ' || coalesce(c.given, 0) || ', with the holdback no more than allocated',
            'children = ' || coalesce(p.children_cents, 0) || ' of ' || coalesce(p.allocated_cents, 0) || ', holdback ' || coalesce(p.holdback_cents, 0)
          from otb_allocations p full join (select merchant_id || '|' || period || '|' || parent as bucket, sum(allocated_cents) as given
            from otb_allocations where parent is not null group by merchant_id || '|' || period || '|' || parent) c on c.bucket = p.bucket
          where coalesce(p.children_cents, 0) <> coalesce(c.given, 0)
            or p.children_cents + p.holdback_cents > 0 and p.children_cents + p.holdback_cents > p.allocated_cents
          order by 1 limit 1`,
      },
    ],
  },
  {
    name: 'B3',
    of: ['otb_allocations', 'otb_adjustments'],
    rules: [
      {
        table: 'otb_allocations',
        sql: `select 'bucket=' || coalesce(a.bucket, j.bucket), 'adjusted = ' || coalesce(j.booked, 0),
            'adjusted = ' || coalesce(a.adjusted_cents, 0)
          from otb_allocations a full join (select bucket, sum(amount_cents) as booked from otb_adjustments group by bucket) j
            on j.bucket = a.bucket
          where coalesce(a.adjusted_cents, 0) <> coalesce(j.booked, 0) order by 1 limit 1`,
      },
    ],
  },
  // The audit of the facts finds what breaks it.
  { name: 'B4', of: ['otb_gate_decisions'], rules: [] },
  {
    name: 'B5',
    of: ['otb_gate_decisions', 'otb_l402_invoices'],
    rules: [
      {
        table: 'otb_gate_decisions',
        sql: `select 'decision_id=' || d.decision_id, 'paid = 1 exactly if its invoice is consumed',
            'paid = ' || d.paid || ', consumed_at = ' || coalesce(cast(i.consumed_at as text), 'null')
          from otb_gate_decisions d left join otb_l402_invoices i on i.decision_id = d.decision_id
          where d.paid <> case when i.consumed_at is null then 0 else 1 end order by d.created_at limit 1`,
      },
      {
        table: 'otb_l402_invoices',
        sql: `select 'decision_id=' || i.decision_id, 'settled for ' || i.sats || ' sat at least, and an allowed decision',
            i.state || ' with ' || i.received_msat || ' msat, ' || coalesce(d.state || coalesce(' (' || d.reason || ')', ''), 'no decision')
          from otb_l402_invoices i left join otb_gate_decisions d on d.decision_id = i.decision_id
          where d.decision_id is null or i.consumed_at is not null and (i.state <> 'settled' or i.received_msat < i.sats * 1000
            or d.state in ('challenged', 'refused') or d.reason in ${listed(unallowedReasons)})
          order by i.created_at limit 1`,
      },
      {
        table: 'otb_l402_invoices',
        sql: `select 'decision_id=' || max(decision_id), 'a payment_hash of its own', payment_hash || ' of ' || count(*) || ' invoices'
          from otb_l402_invoices where payment_hash is not null group by payment_hash having count(*) > 1
          order by payment_hash limit 1`,
      },
    ],
  },
  {
    name: 'B6',
    of: ['otb_l402_invoices'],
    rules: [
      {
        table: 'otb_l402_invoices',
        sql: `select 'decision_id=' || decision_id, 'credit_msat = ' || owed, 'credit_msat = ' || credit_msat
          from (select i.*, case when i.state <> 'settled' then 0
              when i.consumed_at is not null or d.state = 'challenged' and i.received_msat >= i.sats * 1000
              then i.received_msat - i.sats * 1000 else i.received_msat end as owed
            from otb_l402_invoices i join otb_gate_decisions d on d.decision_id = i.decision_id) paid_in
          where credit_msat <> owed order by created_at limit 1`,
      },
      {
        table: 'otb_l402_invoices',
        sql: `select 'decision_id=' || decision_id, 'credit_msat = ' || credit_msat, 'credit = ' || coalesce(credit, 'none')
          from otb_l402_invoices where (credit_msat > 0) <> (credit is not null) order by created_at limit 1`,
      },
      {
        table: 'otb_l402_invoices',
        sql: `select 'decision_id=' || decision_id, 'a hold that fits its state',
            state || ', hold ' || coalesce(hold, 'none') || case when preimage_sealed is null then '' else ', with a preimage' end
          from otb_l402_invoices
          where state = 'held' and (coalesce(hold, '') <> 'waiting' or held_at is null)
            or state = 'settled' and coalesce(hold, 'ended') <> 'ended'
            or hold = 'ordered' and state not in ('intended', 'closed')
            or preimage_sealed is not null and (state not in ('open', 'held') or coalesce(hold, '') <> 'waiting')
          order by created_at limit 1`,
      },
    ],
  },
  {
    name: 'B7',
    of: ['otb_gate_decisions'],
    rules: [
      {
        table: 'otb_gate_decisions',
        sql: `select 'decision_id=' || d.decision_id, 'what ' || d.state || ' holds',
            'reserved ' || d.reserved_cents || ', committed ' || d.committed_cents || ', received ' || d.received_cents
          from otb_gate_decisions d
          where d.reserved_cents < 0 or d.committed_cents < 0 or d.received_cents < 0 or not case d.state
            when 'reserved' then d.reserved_cents > 0 and d.committed_cents = 0 and d.received_cents = 0
            when 'committed' then d.reserved_cents + d.committed_cents > 0 and d.committed_cents + d.received_cents > 0
            when 'received' then d.reserved_cents + d.committed_cents = 0 and d.received_cents > 0
            else ${HELD} = 0 end
          order by d.created_at limit 1`,
      },
    ],
  },
  {
    name: 'B8',
    of: ['otb_gate_decisions', 'orders'],
    rules: [
      {
        table: 'otb_gate_decisions',
        // What an order stands on is beside the document's own; paid for, it stays so when that order comes to nothing.
        sql: `select 'decision_id=' || max(d.decision_id), 'one decision that stands for ' || d.document || ' of ' || d.merchant_id,
            count(*) || ' decisions'
          from otb_gate_decisions d left join orders o on o.gate_decision_id = d.decision_id and d.paid = 1
          where d.document is not null and d.state in ${LIVE} and d.order_id is null and o.order_id is null
          group by d.merchant_id, d.action_kind, d.document having count(*) > 1 order by 1 limit 1`,
      },
    ],
  },
  {
    name: 'B9',
    of: ['otb_exposures'],
    rules: [
      {
        table: 'otb_exposures',
        sql: `select 'merchant_id=' || coalesce(e.merchant_id, i.merchant_id), 'open_invoices = ' || coalesce(i.waiting, 0),
            'open_invoices = ' || coalesce(e.open_invoices, 0)
          from otb_exposures e full join (select merchant_id, count(*) as waiting from otb_l402_invoices
            where state in ('intended', 'open', 'held') group by merchant_id) i on i.merchant_id = e.merchant_id
          where coalesce(e.open_invoices, 0) <> coalesce(i.waiting, 0) order by 1 limit 1`,
      },
    ],
  },
  {
    name: 'B10',
    of: ['orders', 'otb_gate_decisions'],
    rules: [
      {
        table: 'orders',
        sql: `select 'order_id=' || o.order_id, 'a gate decision of its merchant that is linked to it: ' || o.gate_decision_id,
            coalesce('linked to ' || coalesce(d.order_id, 'no order') || ', of ' || d.merchant_id || ', ' || d.state, 'none')
          from orders o left join otb_gate_decisions d on d.decision_id = o.gate_decision_id
            left join executions e on e.execution_id = o.execution_id
          where o.gate_decision_id is not null and o.state in ('opening', 'opened')
            and not coalesce(d.order_id = o.order_id and o.subject_kind = 'org' and d.merchant_id = o.subject_id
              and (d.state <> 'replaced' or e.ended_at < d.updated_at), false)
          order by o.created_at limit 1`,
      },
      {
        table: 'otb_gate_decisions',
        sql: `select 'decision_id=' || d.decision_id, 'an order of its merchant that names it',
            coalesce(o.order_id || ' of ' || o.subject_id || ', which names ' || coalesce(o.gate_decision_id, 'none'), 'no order called ' || d.order_id)
          from otb_gate_decisions d left join orders o on o.order_id = d.order_id
          where d.order_id is not null
            and not coalesce(o.gate_decision_id = d.decision_id and o.subject_kind = 'org' and o.subject_id = d.merchant_id, false)
          order by d.created_at limit 1`,
      },
    ],
  },
];
