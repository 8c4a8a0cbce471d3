/** B-21: calendar months and the 4-5-4 calendar, against published years and against themselves. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { boundsOf, dayAt, defaultCalendar, isDay, isYearEnd, monthOf, parsePeriod } from './calendar.ts';
import { isOver, periodAfter, periodBefore, periodsOf, weeksOf, type RetailCalendar } from './calendar.ts';

const retail: RetailCalendar = { calendar: '4-5-4', yearEnd: '01-31' };

function bounds(id: string, calendar = retail): string {
  const period = parsePeriod(id, calendar);
  assert.ok(period !== undefined, id);
  const { firstDay, lastDay } = boundsOf(period, calendar);
  return `${firstDay} ${lastDay}`;
}

const idsOf = (day: string, calendar = retail): string[] => periodsOf(day, calendar).map(({ id }) => id);

suite('B-21 the 4-5-4 calendar', () => {
  // prettier-ignore
  const rows: readonly [id: string, days: string][] = [
    ['2023-W01', '2023-01-29 2023-02-04'],
    ['2023-W53', '2024-01-28 2024-02-03'],
    ['2023-P01', '2023-01-29 2023-02-25'],
    ['2023-P02', '2023-02-26 2023-04-01'],
    ['2023-P12', '2023-12-31 2024-02-03'],
    ['2023-S1',  '2023-01-29 2023-07-29'],
    ['2023-S2',  '2023-07-30 2024-02-03'],
    ['2024-W01', '2024-02-04 2024-02-10'],
    ['2024-W52', '2025-01-26 2025-02-01'],
    ['2025-P01', '2025-02-02 2025-03-01'],
    ['2026-W01', '2026-02-01 2026-02-07'],
    ['2026-W40', '2026-11-01 2026-11-07'],
    ['2026-P10', '2026-11-01 2026-11-28'],
    ['2026-11',  '2026-11-01 2026-11-30'],
    ['2024-02',  '2024-02-01 2024-02-29'],
    ['2026-12',  '2026-12-01 2026-12-31'],
  ];
  for (const [id, days] of rows) test(`${id} is ${days}`, () => assert.equal(bounds(id), days));

  test('fiscal 2023 has 53 weeks, as 2006, 2012, 2017 and 2028 have', () => {
    const long = Array.from({ length: 30 }, (_, i) => 2000 + i).filter((year) => weeksOf(year, retail) === 53);
    assert.deepEqual(long, [2000, 2006, 2012, 2017, 2023, 2028]);
  });

  test('a year may end elsewhere, and is named by the calendar year that most of it lies in', () => {
    const school = { calendar: '4-5-4', yearEnd: '06-30' } as const;
    const civil = { calendar: '4-5-4', yearEnd: '12-31' } as const;
    assert.equal(bounds('2026-W01', school), '2026-06-28 2026-07-04');
    assert.equal(bounds('2026-W01', civil), '2026-01-04 2026-01-10');
    assert.equal(bounds('2026-S2', civil).slice(11), '2027-01-02');
  });

  test('what is no period', () => {
    const none =
      '2026-00 2026-13 2026-1 2026-P00 2026-P13 2026-P1 2026-W53 2026-W00 2026-W1 2026-S0 2026-S3 2026-S01 26-01 1969-01 2200-01 2026-Q1 2026 2026-11-01';
    for (const id of [...none.split(' '), '', ' 2026-11', '2026-11\n', '２０２６-11'])
      assert.equal(parsePeriod(id, retail), undefined, JSON.stringify(id));
    assert.equal(parsePeriod('2023-W53', retail)?.number, 53);
  });
});

suite('B-21 the periods of a day', () => {
  test('the most specific first, the own kind of month before the other', () => {
    assert.deepEqual(idsOf('2026-11-21'), ['2026-W42', '2026-P10', '2026-11', '2026-S2']);
    assert.deepEqual(idsOf('2026-11-21', defaultCalendar), ['2026-W42', '2026-11', '2026-P10', '2026-S2']);
    assert.equal(monthOf('2026-11-21', retail)?.id, '2026-P10');
    assert.equal(monthOf('2026-11-21', defaultCalendar)?.id, '2026-11');
    assert.deepEqual(idsOf('2024-02-03'), ['2023-W53', '2023-P12', '2024-02', '2023-S2']);
    assert.deepEqual(idsOf('2026-02-30'), []);
  });

  const day = fc.integer({ min: Date.UTC(1980, 0), max: Date.UTC(2150, 0) }).map(dayAt);
  const yearEnd = fc.constantFrom('01-31', '06-30', '07-01', '12-31', '02-28', '09-15');

  test('every day is in exactly the periods that contain it, and they nest', () => {
    fc.assert(
      fc.property(day, yearEnd, (at, end) => {
        const calendar = { calendar: '4-5-4', yearEnd: end } as const;
        const spans = periodsOf(at, calendar).map((period) => {
          assert.deepEqual(parsePeriod(period.id, calendar), period);
          return { kind: period.kind, ...boundsOf(period, calendar) };
        });
        for (const { firstDay, lastDay } of spans) assert.ok(firstDay <= at && at <= lastDay);
        const retailSpans = spans.filter(({ kind }) => kind !== 'month');
        for (const [i, { firstDay, lastDay }] of retailSpans.entries()) {
          const outer = retailSpans[i + 1];
          assert.ok(outer === undefined || (outer.firstDay <= firstDay && lastDay <= outer.lastDay));
        }
        const [week] = spans;
        assert.equal(new Date(`${week!.lastDay}T00:00:00Z`).getUTCDay(), 6, 'weeks end on Saturday');
      }),
    );
  });

  test('periods of a kind follow each other without gap or overlap', () => {
    fc.assert(
      fc.property(day, yearEnd, (at, end) => {
        const calendar = { calendar: '4-5-4', yearEnd: end } as const;
        for (const period of periodsOf(at, calendar)) {
          const before = periodBefore(period, calendar);
          assert.ok(before !== undefined && before.kind === period.kind);
          const gap = Date.parse(boundsOf(period, calendar).firstDay) - Date.parse(boundsOf(before, calendar).lastDay);
          assert.equal(gap, 86_400_000);
          assert.deepEqual(periodAfter(before, calendar), period);
        }
      }),
    );
  });
});

test('B-21: a period is over on the day after its last one', () => {
  const november = parsePeriod('2026-11', defaultCalendar)!;
  assert.ok(!isOver(november, defaultCalendar, '2026-11-30') && isOver(november, defaultCalendar, '2026-12-01'));
});

test('days and ends of years', () => {
  assert.ok(isDay('2024-02-29') && !isDay('2023-02-29') && !isDay('2026-1-1') && !isDay('2026-11-21T00:00:00Z'));
  assert.ok(isYearEnd('01-31') && !isYearEnd('02-29') && !isYearEnd('13-01') && !isYearEnd('1-31'));
});
