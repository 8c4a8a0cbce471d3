/** `purser verify` on the tables of settlement, orders and budgets: whatever is done to a row, it is named; `purser rebuild` mends it. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Table } from '../../src/base/decision.ts';
import { rowTables } from '../../src/flows/row-facts.ts';
import { engines, type FilledPlace } from '../planted/filled-places.ts';

const [sqlite, postgres] = engines as readonly [(typeof engines)[0], (typeof engines)[0]];

/** A row of the table: the first by its key. */
const one = ({ name, key }: Table): string => `${key[0]} = (select min(${key[0]}) from ${name})`;

/** Another value of the kind that the column holds. */
function changed(table: Table, column: string): string {
  const isInteger = table.integers?.includes(column) === true;
  const other = isInteger ? `coalesce(${column} + 1, 1)` : `coalesce(${column} || 'x', 'x')`;
  return `update ${table.name} set ${column} = ${other} where ${one(table)}`;
}

/** The table itself says so first; invariants may see that something is wrong, other tables may not. */
async function assertNamed(place: FilledPlace, table: Table, what: string): Promise<void> {
  const [first, ...others] = (await place.verify()).checks.filter(({ ok }) => !ok);
  assert.deepEqual([first?.name, first?.firstBad?.table], [table.name, table.name], what);
  assert.match(String(first?.firstBad?.key), new RegExp(`^${table.key[0]}=`), what);
  assert.deepEqual(
    others.map(({ name }) => name).filter((name) => !/^[SOB]\d+$/.test(name)),
    [],
    what,
  );
}

suite('SQLite: a damaged row of settlement, orders or budgets is named, and mended by rebuild', () => {
  for (const table of rowTables) {
    test(`${table.name}: a column`, async () => {
      // Every column is compared by the same code: the key, one in the middle, the last.
      for (const column of [0, Math.floor(table.columns.length / 2), -1].map((at) => table.columns.at(at)!)) {
        const place = await sqlite.copy();
        await place.tamper(changed(table, column));
        await assertNamed(place, table, column);
      }
    });

    test(`${table.name}: a row that is gone, one that nobody told of`, async () => {
      for (const damage of [`delete from ${table.name} where ${one(table)}`, strayRow(table)]) {
        const place = await sqlite.copy();
        await place.tamper(damage);
        await assertNamed(place, table, damage);
        await place.rebuild();
        assert.equal((await place.verify()).ok, true, damage);
      }
    });
  }

  test('an older state, which a fact did tell of', async () => {
    const place = await sqlite.copy();
    await place.tamper("update holds set state = 'active', version = 1 where hold_id = 'hold-released'");
    const { firstBad } = (await place.verify()).checks.find(({ name }) => name === 'holds')!;
    assert.equal(firstBad?.key, 'hold_id=hold-released');
  });
});

/** A copy of a row under another key; columns that must be unique get values of their own. */
function strayRow({ name, key, columns, integers }: Table): string {
  const values = columns.map((column) => {
    if (column === key[0] || /^(?:allocation_id|order_id)$/.test(column)) return `${column} || '-stray'`;
    return integers?.includes(column) === true && /_at$|^at$/.test(column) ? `${column} + 1` : column;
  });
  return `insert into ${name} select ${values.join(', ')} from ${name} where ${one({ name, key } as Table)}`;
}

suite('PostgreSQL: a damaged row of settlement, orders or budgets is named, and mended by rebuild', () => {
  for (const table of rowTables) {
    test(table.name, async () => {
      const instant = table.columns.find((column) => /_at$|^at$/.test(column))!;
      for (const damage of [`delete from ${table.name} where ${one(table)}`, changed(table, instant)]) {
        const place = await postgres.copy();
        await place.tamper(damage);
        await assertNamed(place, table, damage);
        await place.rebuild();
        assert.equal((await place.verify()).ok, true, damage);
      }
    });
  }
});
