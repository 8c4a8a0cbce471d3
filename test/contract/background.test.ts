/** Work beside requests on both engines. */
import { postgresPlace } from '../rig/postgres-place.ts';
import { sqlitePlace } from '../rig/sqlite-place.ts';
import { backgroundContract } from './background.ts';

backgroundContract('SQLite', sqlitePlace);
backgroundContract('PostgreSQL', postgresPlace);
