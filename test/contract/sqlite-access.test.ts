/** Keys in SQLite. */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { sqlitePlace } from '../rig/sqlite-place.ts';
import { temporaryDirectory } from '../rig/temporary-directory.ts';
import { accessContract } from './access.ts';

accessContract(
  'SQLite',
  () => {
    const file = join(temporaryDirectory(), 'data', 'purser.db');
    return {
      ...sqlitePlace(file),
      async tamper(sql) {
        const db = new DatabaseSync(file);
        db.exec(sql);
        db.close();
      },
    };
  },
  { isShared: false },
);
