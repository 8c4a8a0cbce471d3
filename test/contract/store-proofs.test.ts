/** Proofs and sums on both engines. */
import { postgresPlace } from '../rig/postgres-place.ts';
import { sqlitePlace } from '../rig/sqlite-place.ts';
import { proofsContract } from './store-proofs.ts';

proofsContract('SQLite', sqlitePlace);
proofsContract('PostgreSQL', postgresPlace);
