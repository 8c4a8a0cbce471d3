/** Held payments on both engines, each with another node; the other pairs are in test/long. */
import { postgresPlace } from '../rig/postgres-place.ts';
import { sqlitePlace } from '../rig/sqlite-place.ts';
import { heldHistoriesContract } from './held-histories.ts';
import { heldPaymentsContract } from './held-payments.ts';
import { openLndSkin, openSandbox } from './holding-backends.ts';

heldPaymentsContract('SQLite and the sandbox', { createPlace: sqlitePlace, openBackend: openSandbox, cuts: false });
heldPaymentsContract('PostgreSQL and LND', { createPlace: postgresPlace, openBackend: openLndSkin, cuts: true });

heldHistoriesContract('SQLite', sqlitePlace);
heldHistoriesContract('PostgreSQL', postgresPlace);
