/** Held payments with the pairs of engine and node that test/contract leaves out. */
import { heldPaymentsContract } from '../contract/held-payments.ts';
import { openLndSkin, openNwcSkin } from '../contract/holding-backends.ts';
import { sqlitePlace } from '../rig/sqlite-place.ts';

heldPaymentsContract('SQLite and LND', { createPlace: sqlitePlace, openBackend: openLndSkin, cuts: true });
heldPaymentsContract('SQLite and NWC', { createPlace: sqlitePlace, openBackend: openNwcSkin, cuts: false });
