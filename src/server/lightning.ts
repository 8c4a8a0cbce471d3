/**
 * Opens the Lightning node that the setting names (N-01), behind its circuit breaker: reads the secrets from where the setting
 * says they are, and loads the one adapter that is used. The sandbox has no secrets and an opener of its own.
 */
import { X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import type { Clock } from '../base/clock.ts';
import { guarded, type GuardedNode } from '../lightning/breaker.ts';
import { LightningRefused, type LightningNode } from '../lightning/node.ts';
import {
  LightningSettingError,
  readLightningSetting,
  type LightningSetting,
  type RestSetting,
  type SecretPlace,
  type WalletSetting,
} from '../lightning/setting.ts';
import { senseless } from './config-error.ts';

/** `name`: the flag or the variable, for messages. Throws ConfigError. */
export function readLightning(name: string, text: string): LightningSetting {
  try {
    return readLightningSetting(text);
  } catch (error) {
    if (error instanceof LightningSettingError) throw senseless(name, error.message);
    throw error;
  }
}

export interface LightningPlace {
  /** The flag or the variable that the setting came from, for messages. */
  readonly name: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
}

/** Resolves without asking the node: whether it answers is for health to tell. Rejects with ConfigError. */
export async function openLightning(setting: RestSetting | WalletSetting, place: LightningPlace): Promise<GuardedNode> {
  return guarded(await open(setting, place), place.clock);
}

async function open(setting: RestSetting | WalletSetting, place: LightningPlace): Promise<LightningNode> {
  const expected = { network: setting.network, clock: place.clock };
  if (setting.backend === 'nwc') {
    const uri = textOf(readSecret('connection URI', setting.secret, place), 'connection URI', place);
    const { openNwc } = await import('../lightning/nwc/nwc.ts');
    return saying(place.name, () => openNwc({ ...expected, uri }));
  }
  const { backend, url, certificateFile } = setting;
  const certificate = certificateFile === undefined ? undefined : readCertificate(certificateFile, place);
  const reached = { ...expected, url, certificate };
  switch (backend) {
    case 'lnd': {
      const macaroon = hexOf(readSecret('macaroon', setting.secret, place), place);
      return (await import('../lightning/lnd/lnd.ts')).openLnd({ ...reached, macaroon });
    }
    case 'cln': {
      const rune = textOf(readSecret('rune', setting.secret, place), 'rune', place);
      return (await import('../lightning/cln/cln.ts')).openCln({ ...reached, rune });
    }
    case 'phoenixd': {
      const password = textOf(readSecret('password', setting.secret, place), 'password', place);
      return (await import('../lightning/phoenixd/phoenixd.ts')).openPhoenixd({ ...reached, password });
    }
    default:
      return backend satisfies never;
  }
}

function saying<T>(name: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof LightningRefused) throw senseless(name, `does not lead to a wallet: ${error.message}`);
    throw error;
  }
}

function readSecret(what: string, secret: SecretPlace, { name, env }: LightningPlace): Buffer {
  if ('variable' in secret) {
    const value = env[secret.variable] ?? '';
    if (value === '') throw senseless(name, `names the variable ${secret.variable} for the ${what}, which is not set`);
    return Buffer.from(value);
  }
  const { file } = secret;
  return readable(`file for the ${what}`, file, name, () => {
    if ((statSync(file).mode & 0o077) !== 0)
      throw senseless(name, `names a file for the ${what} that others can read: give ${file} mode 0600`);
    return readFileSync(file);
  });
}

function readCertificate(file: string, { name }: LightningPlace): string {
  const text = readable('cert-file', file, name, () => readFileSync(file, 'utf8'));
  try {
    void new X509Certificate(text);
    return text;
  } catch {
    throw senseless(name, `names a cert-file that is no certificate in PEM: ${file}`);
  }
}

/** The system's own words for what is wrong with a file name its path only. */
function readable<T>(what: string, file: string, name: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof Error && 'syscall' in error)
      throw senseless(name, `names a ${what} that this user cannot read: ${file}`);
    throw error;
  }
}

/** One line of printable characters. */
function textOf(secret: Buffer, what: string, { name }: LightningPlace): string {
  const text = secret.toString('utf8').trim();
  if (!/^[\x21-\x7e]+$/.test(text)) throw senseless(name, `leads to a ${what} that is not one line of text`);
  return text;
}

/** LND keeps macaroons as bytes; in variables, and in files that people make, they are in hex. Both begin with version 2. */
function hexOf(secret: Buffer, { name }: LightningPlace): string {
  const text = secret.toString('latin1').trim();
  const hex = /^(?:[0-9a-f]{2})+$/i.test(text) ? text.toLowerCase() : secret.toString('hex');
  if (!hex.startsWith('02'))
    throw senseless(name, 'leads to a macaroon that is none: LND keeps them in files *.macaroon');
  return hex;
}
