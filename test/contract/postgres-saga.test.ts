/** The saga of the split deployment with its records in PostgreSQL. */
import { postgresPlace } from '../rig/postgres-place.ts';
import { sagaContract } from './saga.ts';

sagaContract('PostgreSQL', postgresPlace);
