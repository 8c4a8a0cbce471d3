/** B-23: the last day that still counts into a period, on both edges, in both calendars. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultCalendar } from './calendar.ts';
import { keepsPeriod } from './delivery-shift.ts';

const within = (day: string, period: string, toleranceDays: number, calendar = defaultCalendar): boolean =>
  keepsPeriod(day, period, { toleranceDays, calendar });

test('B-23: a delivery within the days of tolerance, before or behind its period, keeps it; a day more does not', () => {
  const days = ['2026-10-28', '2026-10-29', '2026-11-15', '2026-12-03', '2026-12-04'];
  assert.deepEqual(
    days.map((day) => within(day, '2026-11', 3)),
    [false, true, true, true, false],
  );
  assert.equal(within('2027-01-01', '2026-12', 1), true, 'over the turn of a year');
  assert.equal(within('2024-02-29', '2024-03', 1), true, 'a leap day');
});

test('B-23: weeks and retail months have their own edges', () => {
  const retail = { calendar: '4-5-4', yearEnd: '01-31' } as const;
  // The fiscal year 2026 begins on Sunday, 1 February; its first month ends on Saturday, 28 February.
  assert.deepEqual(
    ['2026-01-30', '2026-01-31', '2026-03-01', '2026-03-02'].map((day) => within(day, '2026-P01', 1, retail)),
    [false, true, true, false],
  );
  assert.deepEqual(
    [within('2026-02-09', '2026-W01', 2, retail), within('2026-02-10', '2026-W01', 2, retail)],
    [true, false],
  );
});

test('B-23: without a tolerance nothing is kept, and neither is what is no period', () => {
  assert.equal(within('2026-11-15', '2026-11', 0), false);
  assert.equal(within('2026-11-15', '2026-13', 9), false);
});
