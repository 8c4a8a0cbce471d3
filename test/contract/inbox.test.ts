/** The funding inbox on both engines. */
import { postgresPlace } from '../rig/postgres-place.ts';
import { sqlitePlace } from '../rig/sqlite-place.ts';
import { inboxContract } from './inbox.ts';

inboxContract('SQLite', sqlitePlace);
inboxContract('PostgreSQL', postgresPlace);
