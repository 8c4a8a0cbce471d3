/** The planners' contract on both engines. */
import { postgresPlace } from '../rig/postgres-place.ts';
import { sqlitePlace } from '../rig/sqlite-place.ts';
import { planContract } from './plans.ts';

planContract('SQLite', sqlitePlace);
planContract('PostgreSQL', postgresPlace);
