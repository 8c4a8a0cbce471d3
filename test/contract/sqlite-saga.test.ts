/** The saga of the split deployment with its records in SQLite. */
import { sqlitePlace } from '../rig/sqlite-place.ts';
import { sagaContract } from './saga.ts';

sagaContract('SQLite', sqlitePlace);
