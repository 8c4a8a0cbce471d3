/** The buyer bridge on both engines. */
import { postgresPlace } from '../rig/postgres-place.ts';
import { sqlitePlace } from '../rig/sqlite-place.ts';
import { orderContract } from './orders.ts';

orderContract('SQLite', sqlitePlace);
orderContract('PostgreSQL', postgresPlace);
