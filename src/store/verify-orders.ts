/** The invariants of the buyer bridge over its rows: orders, their executions, holds, queues and disputes (S-23, S-32, S-34). */
import { closeout, type ExecutionEvent, type ExecutionState } from '../orders/closeout.ts';
import { listed, type Invariant } from './invariant.ts';

const ENDED: readonly ExecutionState[] = ['released', 'failed', 'rejected', 'expired'];

/** What S-34 allows, as `state|event|receipt|hold`; an execution for nothing has no hold: `free`. */
function closeouts(): string[] {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the keys of that very table
  const events = Object.keys(closeout) as ExecutionEvent[];
  const reached = events.map((event) => {
    const { to, receipt, hold } = closeout[event];
    return { state: to, event, receipt, hold: hold ?? 'active' };
  });
  const begun = (['opened', 'awaiting-provider'] as const).map((state) => {
    return { state, event: '', receipt: 'pending', hold: 'active' };
  });
  return [...begun, ...reached].flatMap(({ state, event, receipt, hold }) =>
    [hold, 'free'].map((each) => `${state}|${event}|${receipt}|${each}`),
  );
}

/** Columns that an execution takes over from its order as they are; the rest of an order's terms never meets its execution. */
const SHARED = ['execution_id', 'hold_id', 'price_amount', 'payer_account_id', 'payee_account_id', 'offer_id'];
const BUDGET = ['gate_decision_id', 'budget_bucket'];

const differ = (column: string): string =>
  `coalesce(cast(o.${column} as text), '') <> coalesce(cast(e.${column} as text), '')`;

export const orderInvariants: readonly Invariant[] = [
  {
    name: 'O1',
    of: ['orders', 'executions'],
    rules: [
      {
        table: 'orders',
        sql: `select 'order_id=' || o.order_id,
            case o.state when 'opened' then 'one execution, as the order says' else 'no execution: it is ' || o.state end,
            coalesce(e.execution_id || ' for ' || e.price_amount || ', hold ' || coalesce(e.hold_id, 'none'), 'none')
          from orders o left join executions e on e.order_id = o.order_id
          where (o.state = 'opened') <> (e.execution_id is not null)
            or e.execution_id is not null and (${[...SHARED, ...BUDGET].map(differ).join(' or ')})
          order by o.created_at limit 1`,
      },
      {
        table: 'executions',
        sql: `select 'execution_id=' || e.execution_id, 'an order', 'none called ' || e.order_id
          from executions e left join orders o on o.order_id = e.order_id where o.order_id is null
          order by e.created_at limit 1`,
      },
    ],
  },
  {
    name: 'O2',
    of: ['orders', 'holds'],
    rules: [
      {
        table: 'orders',
        sql: `select 'order_id=' || o.order_id,
            case when o.state = 'rejected' or o.price_amount = 0 then 'no hold'
              else 'a hold of ' || coalesce(o.price_amount, 0) || ' for ' || coalesce(o.execution_id, 'its execution') end,
            coalesce(h.hold_id || ' of ' || h.amount || ' for ' || coalesce(h.contract_id, 'nothing') || ', ' || h.state,
              o.hold_id, 'none')
          from orders o left join holds h on h.hold_id = o.hold_id
          where case when o.state = 'rejected' or o.price_amount = 0 then o.hold_id is not null
            else not coalesce(h.order_id = o.order_id and h.contract_id = o.execution_id and h.amount = o.price_amount
              and h.payer_account_id = o.payer_account_id and h.payee_account_id = o.payee_account_id
              and h.policy_ref = 'execution' and (o.state = 'opened' or h.state = 'active'), false) end
          order by o.created_at limit 1`,
      },
      {
        table: 'holds',
        sql: `select 'hold_id=' || h.hold_id, 'voided: no order stands on it', h.state
          from holds h left join orders o on o.order_id = h.order_id and o.hold_id = h.hold_id
          where h.policy_ref = 'execution' and o.order_id is null and h.state <> 'voided' order by h.created_at limit 1`,
      },
    ],
  },
  {
    name: 'O3',
    of: ['executions'],
    rules: [
      {
        table: 'executions',
        sql: `select 'execution_id=' || e.execution_id, 'state, last event, receipt and hold that belong together',
            e.state || ' by ' || coalesce(e.last_event, 'its opening') || ', ' || e.receipt || ', hold ' ||
              case when e.hold_id is null then 'none' else coalesce(h.state, 'missing') end
          from executions e left join holds h on h.hold_id = e.hold_id
          where e.state || '|' || coalesce(e.last_event, '') || '|' || e.receipt || '|' ||
              case when e.hold_id is null then 'free' else coalesce(h.state, 'missing') end not in ${listed(closeouts())}
          order by e.created_at limit 1`,
      },
    ],
  },
  {
    name: 'O4',
    of: ['offer_queues'],
    rules: [
      {
        table: 'offer_queues',
        sql: `select 'offer_id=' || coalesce(q.offer_id, e.offer_id), 'depth = ' || coalesce(e.waiting, 0),
            'depth = ' || coalesce(q.depth, 0)
          from offer_queues q full join (select offer_id, count(*) as waiting from executions
            where result_digest is null and state not in ${listed(ENDED)} group by offer_id) e on e.offer_id = q.offer_id
          where coalesce(q.depth, 0) <> coalesce(e.waiting, 0) order by 1 limit 1`,
      },
    ],
  },
  {
    name: 'O5',
    of: ['disputes'],
    rules: [
      {
        table: 'disputes',
        sql: `select 'dispute_id=' || d.dispute_id,
            'open while its execution is disputed, then resolved as its arbiter ruled',
            d.state || coalesce(' for ' || d.in_favour_of, '') || ', execution ' || coalesce(e.state || ' by ' || e.last_event, 'none')
          from disputes d left join executions e on e.execution_id = d.execution_id and e.dispute_id = d.dispute_id
          where coalesce(d.state || '|' || coalesce(d.in_favour_of, '') || '|' || e.last_event, '') not in
            ('open||dispute', 'resolved|payer|arbiter-for-payer', 'resolved|payee|arbiter-for-payee')
            or coalesce(d.hold_id, '') <> coalesce(e.hold_id, '')
          order by d.opened_at limit 1`,
      },
      {
        table: 'executions',
        sql: `select 'execution_id=' || e.execution_id, 'a dispute', 'none'
          from executions e left join disputes d on d.dispute_id = e.dispute_id
          where d.dispute_id is null and (e.dispute_id is not null or e.state = 'disputed') order by e.created_at limit 1`,
      },
    ],
  },
];
