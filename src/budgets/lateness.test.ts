/** B-21: late is what was expected by a day that has passed. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { defaultCalendar } from './calendar.ts';
import { isLate, isOverdue } from './lateness.ts';

const now = { calendar: defaultCalendar, today: '2026-11-21' };

suite('B-21 late', () => {
  // prettier-ignore
  const rows: readonly [what: string, period: string, date: string | undefined, late: boolean][] = [
    ['its period is over',          '2026-10', undefined,    true],
    ['its period is running',       '2026-11', undefined,    false],
    ['it was expected yesterday',   '2026-11', '2026-11-20', true],
    ['it is expected today',        '2026-11', '2026-11-21', false],
    ['no period of this calendar',  'never',   undefined,    false],
  ];
  for (const [what, period, date, late] of rows)
    test(`${what}: ${late}`, () => {
      const request = JSON.stringify(date === undefined ? {} : { delivery_date: date });
      assert.equal(isLate({ period, request }, now), late);
    });

  test('what rolled on stays overdue, in whichever bucket it stands', () => {
    assert.equal(isOverdue({ period: '2026-11', bucket: 'acme|2026-11|' }, now), false);
    assert.equal(isOverdue({ period: '2026-11', bucket: 'acme|2026-12|shoes' }, now), true);
    assert.equal(isOverdue({ period: '2026-10', bucket: 'acme|2026-10|' }, now), true);
  });
});
