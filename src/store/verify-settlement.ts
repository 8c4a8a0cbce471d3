/**
 * The invariants of the settlement ledger over its rows (S-05, S-20, S-22) and of the flow into the operational ledger (J4).
 * Which movement a fact asks for is configuration; its key, cause, amount and way back are not.
 */
import { decideMove, type HoldTarget } from '../settlement/hold-moves.ts';
import type { HoldState } from '../settlement/tables.ts';
import { listed, type Invariant } from './invariant.ts';

const states = ['active', 'frozen', 'released', 'refunded', 'voided'] as const satisfies readonly HoldState[];
const targets = ['released', 'refunded', 'frozen', 'voided'] as const satisfies readonly HoldTarget[];

/** S-20 as pairs; before its first state a hold is in none. */
const moves = [
  'none>active',
  ...states.flatMap((from) =>
    targets.filter((to) => decideMove(from, to).outcome === 'append').map((to) => `${from}>${to}`),
  ),
];

/** Settlement facts that have a movement, since the first one had: before that there was no mapping. */
const ASKED = `
  select 'receipt:' || receipt_id as movement_key, receipt_id as cause, amount + fee_amount as amount,
    'in-' || receipt_id as inflow_tx, at
  from top_ups where at >= (select min(created_at) from movements)
  union all
  select 'hold:' || m.hold_id || ':' || m.state, m.hold_id, h.amount, '', m.at
  from hold_moves m join holds h on h.hold_id = m.hold_id
  where m.at >= (select min(created_at) from movements) and (m.state in ('frozen', 'released') or m.state = 'refunded'
    and exists (select 1 from hold_moves f where f.hold_id = m.hold_id and f.state = 'frozen'))`;

export const settlementInvariants: readonly Invariant[] = [
  {
    name: 'S1',
    of: ['ledger_accounts', 'top_ups'],
    rules: [
      {
        table: 'ledger_accounts',
        sql: `select 'all', 'available and held sum up to applied top-ups: ' || paid_in, 'a sum of ' || total
          from (select coalesce(sum(available + held), 0) as total from ledger_accounts) a,
            (select coalesce(sum(amount + fee_amount), 0) as paid_in from top_ups) t
          where total <> paid_in`,
      },
    ],
  },
  {
    name: 'S2',
    of: ['ledger_accounts', 'ledger_entries'],
    rules: [
      {
        table: 'ledger_entries',
        sql: `select 'entry_id=' || entry_id, 'nothing below zero',
            'available_after = ' || available_after || ', held_after = ' || held_after
          from ledger_entries where available_after < 0 or held_after < 0 order by at limit 1`,
      },
      {
        table: 'ledger_accounts',
        sql: `select 'account_id=' || account_id, 'nothing below zero', 'available = ' || available || ', held = ' || held
          from ledger_accounts where available < 0 or held < 0 order by account_id limit 1`,
      },
    ],
  },
  {
    name: 'S3',
    of: ['ledger_accounts', 'ledger_entries'],
    rules: [
      {
        table: 'ledger_entries',
        sql: `select 'entry_id=' || entry_id,
            'available_after = ' || (available_before + available_change) || ', held_after = ' || (held_before + held_change),
            'available_after = ' || available_after || ', held_after = ' || held_after
          from (select e.*, coalesce(lag(available_after) over w, 0) as available_before,
              coalesce(lag(held_after) over w, 0) as held_before
            from ledger_entries e window w as (partition by account_id order by at)) chained
          where available_after <> available_before + available_change or held_after <> held_before + held_change
          order by at limit 1`,
      },
      {
        table: 'ledger_accounts',
        sql: `select 'account_id=' || a.account_id,
            coalesce('available = ' || e.available_after || ', held = ' || e.held_after || ' as after its newest entry',
              'no account without entries'),
            'available = ' || a.available || ', held = ' || a.held
          from ledger_accounts a left join ledger_entries e on e.account_id = a.account_id
            and e.at = (select max(n.at) from ledger_entries n where n.account_id = a.account_id)
          where e.entry_id is null or e.available_after <> a.available or e.held_after <> a.held
          order by a.account_id limit 1`,
      },
      {
        table: 'ledger_entries',
        sql: `select 'entry_id=' || e.entry_id, 'an account', 'none called ' || e.account_id
          from ledger_entries e left join ledger_accounts a on a.account_id = e.account_id
          where a.account_id is null order by e.at limit 1`,
      },
    ],
  },
  {
    name: 'S4',
    of: ['ledger_accounts', 'holds'],
    rules: [
      {
        table: 'ledger_accounts',
        sql: `select 'account_id=' || coalesce(a.account_id, payer_account_id),
            'held = ' || coalesce(reserved, 0) || ' for active and frozen holds', 'held = ' || coalesce(a.held, 0)
          from ledger_accounts a full join (select payer_account_id, sum(amount) as reserved from holds
            where state in ('active', 'frozen') group by payer_account_id) h on h.payer_account_id = a.account_id
          where coalesce(a.held, 0) <> coalesce(reserved, 0) order by 1 limit 1`,
      },
    ],
  },
  {
    name: 'S5',
    of: ['holds', 'hold_moves'],
    rules: [
      {
        table: 'hold_moves',
        sql: `select 'move_id=' || move_id, 'a move that the states of a hold allow, number ' || number,
            coalesce(before, 'none') || ' to ' || state
          from (select m.*, lag(state) over w as before, row_number() over w as number
            from hold_moves m window w as (partition by hold_id order by at)) moved
          where coalesce(before, 'none') || '>' || state not in ${listed(moves)}
            or move_id <> hold_id || ':' || number
          order by at limit 1`,
      },
      {
        table: 'holds',
        sql: `select 'hold_id=' || h.hold_id, 'the state of its newest move: ' || coalesce(m.state, 'none'),
            h.state || ' of ' || h.amount
          from holds h left join hold_moves m on m.move_id = h.hold_id || ':' || h.version
          where coalesce(m.state, 'none') <> h.state or h.amount < 1
            or exists (select 1 from hold_moves n where n.hold_id = h.hold_id and n.at > m.at)
          order by h.created_at limit 1`,
      },
      {
        table: 'hold_moves',
        sql: `select 'move_id=' || m.move_id, 'a hold', 'none called ' || m.hold_id
          from hold_moves m left join holds h on h.hold_id = m.hold_id where h.hold_id is null order by m.at limit 1`,
      },
    ],
  },
  {
    name: 'S6',
    of: ['holds', 'top_ups', 'ledger_entries'],
    rules: [
      {
        table: 'ledger_entries',
        sql: `select 'entry_id=' || e.entry_id, 'an entry that its hold or receipt asks for',
            e.kind || ' of ' || e.account_id || ' for ' || e.reference || ': available ' || e.available_change || ', held ' || e.held_change
          from ledger_entries e
            left join holds h on h.hold_id = e.reference and e.kind not in ('top_up', 'fee')
            left join top_ups t on t.receipt_id = e.reference and e.kind in ('top_up', 'fee')
          where not coalesce(case e.kind
            when 'top_up' then e.account_id = t.account_id and e.held_change = 0
            when 'fee' then e.account_id = t.fee_account_id and e.held_change = 0 and t.fee_amount > 0
            when 'hold' then e.account_id = h.payer_account_id and e.available_change = -h.amount and e.held_change = h.amount
            when 'release_out' then e.account_id = h.payer_account_id and e.available_change = 0 and e.held_change = -h.amount
              and h.state = 'released'
            when 'release_in' then e.account_id = h.payee_account_id and e.available_change = h.amount and e.held_change = 0
              and h.state = 'released'
            when 'return' then e.account_id = h.payer_account_id and e.available_change = h.amount and e.held_change = -h.amount
              and h.state in ('refunded', 'voided')
            end, false)
          order by e.at limit 1`,
      },
      {
        table: 'holds',
        sql: `select 'hold_id=' || h.hold_id, 'one entry of each kind that ' || h.state || ' asks for',
            coalesce(e.entries, 0) || ' entries of ' || coalesce(e.kinds, 0) || ' kinds'
          from holds h left join (select reference, count(*) as entries, count(distinct kind) as kinds
            from ledger_entries where kind not in ('top_up', 'fee') group by reference) e on e.reference = h.hold_id
          where coalesce(e.entries, 0) <> coalesce(e.kinds, 0) or coalesce(e.kinds, 0) <>
            case h.state when 'released' then 3 when 'refunded' then 2 when 'voided' then 2 else 1 end
          order by h.created_at limit 1`,
      },
      {
        table: 'top_ups',
        sql: `select 'receipt_id=' || t.receipt_id, 'one entry for the net, and one for the fee if there is one',
            coalesce(e.nets, 0) || ' and ' || coalesce(e.fees, 0)
          from top_ups t left join (select reference, sum(case kind when 'top_up' then 1 else 0 end) as nets,
              sum(case kind when 'fee' then 1 else 0 end) as fees
            from ledger_entries where kind in ('top_up', 'fee') group by reference) e on e.reference = t.receipt_id
          where coalesce(e.nets, 0) <> 1 or coalesce(e.fees, 0) <> case when t.fee_amount > 0 then 1 else 0 end
          order by t.at limit 1`,
      },
    ],
  },
  {
    name: 'S7',
    of: ['movements'],
    rules: [
      {
        table: 'movements',
        sql: `select 'movement_key=' || asked.movement_key, 'a movement of ' || asked.amount || ' for ' || asked.cause,
            coalesce(m.amount || ' for ' || m.cause || coalesce(', inflow ' || m.inflow_tx, ''), 'none')
          from (${ASKED}) asked left join movements m on m.movement_key = asked.movement_key
          where m.movement_key is null or m.cause <> asked.cause or m.amount <> asked.amount
            or coalesce(m.inflow_tx, '') <> asked.inflow_tx
          order by asked.at limit 1`,
      },
      {
        table: 'movements',
        sql: `select 'movement_key=' || m.movement_key, 'a receipt or a move of a hold that asks for it', 'none'
          from movements m left join top_ups t on t.receipt_id = m.cause and 'receipt:' || t.receipt_id = m.movement_key
            left join hold_moves h on h.hold_id = m.cause and 'hold:' || h.hold_id || ':' || h.state = m.movement_key
          where t.receipt_id is null and (h.move_id is null or h.state in ('active', 'voided') or h.state = 'refunded'
            and not exists (select 1 from hold_moves f where f.hold_id = h.hold_id and f.state = 'frozen'))
          order by m.created_at limit 1`,
      },
      {
        table: 'movements',
        sql: `select 'movement_key=' || m.movement_key, 'a way that begins where the frozen money is: ' || f.dst,
            m.src || ' to ' || m.dst
          from movements f join movements m on m.cause = f.cause
            and m.movement_key in ('hold:' || f.cause || ':released', 'hold:' || f.cause || ':refunded')
          where f.movement_key = 'hold:' || f.cause || ':frozen'
            and (m.src <> f.dst or m.movement_key = 'hold:' || f.cause || ':refunded' and m.dst <> f.src)
          order by m.created_at limit 1`,
      },
    ],
  },
  {
    name: 'S8',
    of: ['movements', 'transactions'],
    rules: [
      {
        table: 'movements',
        sql: `select 'movement_key=' || m.movement_key,
            m.amount || ' from ' || m.src || ' to ' || m.dst || coalesce(' after ' || m.inflow_tx, '') || ' under ' || coalesce(m.tx_id, 'a tx_id'),
            case when d.tx_id is null then 'no such debit' when c.tx_id is null then 'no such credit' else 'no such inflow' end
          from movements m
            left join transactions d on d.tx_id = m.tx_id and d.op = 'debit' and d.account_id = m.src and d.amount = m.amount
            left join transactions c on c.tx_id = m.tx_id and c.op = 'credit' and c.account_id = m.dst and c.amount = m.amount
            left join transactions i on i.tx_id = m.inflow_tx and i.op = 'credit' and i.account_id = m.src and i.amount = m.amount
          where m.state = 'done'
            and (d.tx_id is null or c.tx_id is null or m.inflow_tx is not null and i.tx_id is null)
          order by m.created_at limit 1`,
      },
      {
        table: 'movements',
        sql: `select 'movement_key=' || max(movement_key), 'a tx_id of its own', tx_id || ' of ' || count(*) || ' movements'
          from movements where tx_id is not null group by tx_id having count(*) > 1 order by tx_id limit 1`,
      },
      {
        table: 'movements',
        sql: `select 'movement_key=' || movement_key, 'settled once, and not before', state || ' in state number ' || version
          from movements where version <> 1 + refusals + case state when 'done' then 1 else 0 end
            or state = 'pending' and tx_id is not null
          order by created_at limit 1`,
      },
    ],
  },
];
