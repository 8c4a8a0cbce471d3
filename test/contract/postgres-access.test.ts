/** Keys in PostgreSQL, where several servers share them. */
import { postgresPlace } from '../rig/postgres-place.ts';
import { queryAt } from '../rig/postgres.ts';
import { accessContract } from './access.ts';

accessContract(
  'PostgreSQL',
  () => {
    const place = postgresPlace();
    return {
      ...place,
      async tamper(sql) {
        await queryAt(await place.url(), sql);
      },
    };
  },
  { isShared: true },
);
