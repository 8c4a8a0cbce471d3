/** Paid overrides in the funding inbox, on both engines. */
import { postgresPlace } from '../rig/postgres-place.ts';
import { sqlitePlace } from '../rig/sqlite-place.ts';
import { l402ReceiptsContract } from './l402-receipts.ts';

l402ReceiptsContract('SQLite', sqlitePlace);
l402ReceiptsContract('PostgreSQL', postgresPlace);
