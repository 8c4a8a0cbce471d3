/** Each settlement fact has the movement that the mapping names, or none; whatever else stands there is a drift. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { defaultMapping } from '../settlement/mapping.ts';
import type { HoldMoveRow, HoldRow, HoldState, MovementRow, TopUpRow } from '../settlement/tables.ts';
import { askedByMove, askedByTopUp, movementDrift } from './reconciliation-movements.ts';

const hold = { hold_id: 'h1', amount: 500n } as HoldRow;

const historyOf = (...states: HoldState[]): HoldMoveRow[] =>
  states.map((state, i) => ({ hold_id: 'h1', state, at: BigInt(i + 1) }) as HoldMoveRow);

const movementOf = (src: string, dst: string, terms: Partial<MovementRow> = {}): MovementRow =>
  ({ src, dst, amount: 500n, inflow_tx: null, state: 'done', tx_id: 'tx-1', ...terms }) as MovementRow;

suite('J4: the movement of a hold’s move', () => {
  // prettier-ignore
  const rows: readonly [states: HoldState[], found: MovementRow | undefined, drift: string | undefined][] = [
    [['active', 'released'],           movementOf('payout_available', 'settlement_bank'),              undefined],
    [['active', 'released'],           undefined,                                                      'missing'],
    [['active', 'released'],           movementOf('dispute_reserve', 'settlement_bank'),               'differs'],
    [['active', 'released'],           movementOf('payout_available', 'settlement_bank', { amount: 1n }), 'differs'],
    [['active', 'released'],           movementOf('payout_available', 'settlement_bank', { tx_id: null }), 'differs'],
    [['active', 'released'],           movementOf('payout_available', 'settlement_bank', { state: 'pending', tx_id: null }), undefined],
    [['active', 'frozen'],             movementOf('payout_available', 'dispute_reserve'),              undefined],
    [['active', 'frozen', 'released'], movementOf('dispute_reserve', 'settlement_bank'),               undefined],
    [['active', 'frozen', 'refunded'], movementOf('dispute_reserve', 'payout_available'),              undefined],
    [['active', 'refunded'],           undefined,                                                      undefined],
    [['active', 'voided'],             undefined,                                                      undefined],
    [['active', 'voided'],             movementOf('payout_available', 'settlement_bank'),              'unexpected'],
  ];
  for (const [states, found, drift] of rows)
    test(`${states.join(' -> ')}: ${drift ?? 'fits'}`, () => {
      const history = historyOf(...states);
      const asked = askedByMove(defaultMapping, history.at(-1)!, { hold, history });
      assert.equal(asked?.key, `hold:h1:${states.at(-1)}`);
      assert.equal(movementDrift(asked, found), drift);
    });

  test('a hold that is made moves nothing', () => {
    const history = historyOf('active');
    assert.equal(askedByMove(defaultMapping, history[0]!, { hold, history }), undefined);
  });
});

test('J4: a receipt books its gross from outside, and moves it on', () => {
  const asked = askedByTopUp(defaultMapping, { receipt_id: 'r1', amount: 450n, fee_amount: 50n } as TopUpRow);
  const found = movementOf('collection_pending', 'payout_available', { inflow_tx: 'in-r1' });
  assert.equal(movementDrift(asked, found), undefined);
  assert.equal(movementDrift(asked, { ...found, inflow_tx: null }), 'differs');
  assert.equal(movementDrift(asked, undefined), 'missing');
});
