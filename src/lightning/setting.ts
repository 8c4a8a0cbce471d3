/**
 * Reads the one setting that says which Lightning node issues invoices (N-01). It names where secrets are and never holds one:
 * a setting is seen in process lists, logs and shell histories.
 */

/** Chains as BOLT11 knows them; an invoice for another one is refused. */
export type Network = 'bitcoin' | 'testnet' | 'signet' | 'regtest';

/** Where a secret is. */
export type SecretPlace = { readonly file: string } | { readonly variable: string };

/** A node that is reached by HTTP. */
export interface RestSetting {
  readonly backend: 'lnd' | 'cln' | 'phoenixd';
  /** Scheme, host and port; nothing after them. */
  readonly url: string;
  /** The macaroon, rune or password. */
  readonly secret: SecretPlace;
  /** PEM: the certificate that the node shows, or the authority that signed it. Undefined: any authority the runtime trusts. */
  readonly certificateFile: string | undefined;
  readonly network: Network;
}

/** A wallet that is reached over Nostr relays; the secret is its whole connection URI. */
export interface WalletSetting {
  readonly backend: 'nwc';
  readonly secret: SecretPlace;
  readonly network: Network;
}

export type LightningSetting = { readonly backend: 'sandbox' } | RestSetting | WalletSetting;

/** What the operator has to mend. The message never repeats the setting: a secret may stand in it. */
export class LightningSettingError extends Error {
  override readonly name = 'LightningSettingError';
}

const secretNames = { lnd: 'macaroon', cln: 'rune', phoenixd: 'password' } as const;
type LightningBackend = keyof typeof secretNames | 'nwc';
const networks: readonly Network[] = ['bitcoin', 'testnet', 'signet', 'regtest'];
const loopback = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

const FORMS =
  'must be sandbox, lnd+https://HOST:PORT?macaroon-file=PATH, cln+https://HOST:PORT?rune-file=PATH, ' +
  'phoenixd+http://127.0.0.1:9740?password-file=PATH or nwc+file:PATH?network=bitcoin';

const WALLET_FORMS =
  'nwc+file:PATH or nwc+env:VARIABLE, with ?network=regtest behind it where the network is not bitcoin';

/** Throws LightningSettingError. */
export function readLightningSetting(text: string): LightningSetting {
  if (text === 'sandbox') return { backend: 'sandbox' };
  if (text.startsWith('nostr+walletconnect:')) throw seen('nwc');
  if (/^nwc[+?]/.test(text)) return readWallet(text);
  const [, backend, address] = /^(lnd|cln|phoenixd)\+(https?:\/\/.+)$/s.exec(text) ?? [];
  if (backend !== 'lnd' && backend !== 'cln' && backend !== 'phoenixd') throw new LightningSettingError(FORMS);
  return readRest(backend, address ?? '');
}

function readRest(backend: RestSetting['backend'], address: string): RestSetting {
  const url = URL.parse(address);
  if (url === null) throw new LightningSettingError(`does not name a host after ${backend}+`);
  if (url.username !== '' || url.password !== '') throw seen(backend);
  if (url.pathname !== '/' || url.hash !== '') {
    throw new LightningSettingError(`must have nothing between the host of ${backend} and "?"`);
  }
  // A credential would cross the network in clear.
  if (url.protocol === 'http:' && !(backend === 'phoenixd' && loopback.test(url.hostname))) {
    const loopbackOnly = backend === 'phoenixd' ? ' unless phoenixd is on this machine (127.0.0.1)' : '';
    throw new LightningSettingError(`must say ${backend}+https://${loopbackOnly}`);
  }
  const name = secretNames[backend];
  const options = readOptions(url.search, backend, [`${name}-file`, `${name}-env`, 'network', 'cert-file']);
  return {
    backend,
    url: url.origin,
    secret: readSecret(options, backend),
    certificateFile: options.get('cert-file'),
    network: readNetwork(options),
  };
}

/** There is no address to name: the secret's place stands where other settings have one. */
function readWallet(text: string): WalletSetting {
  const [, kind, place = '', search = ''] = /^nwc(?:\+(file|env):([^?]*))?(\?.*)?$/s.exec(text) ?? [];
  const options = readOptions(search, 'nwc', ['network']);
  if (kind === undefined || place === '') throw new LightningSettingError(`must be ${WALLET_FORMS}`);
  return {
    backend: 'nwc',
    secret: kind === 'file' ? { file: place } : { variable: place },
    network: readNetwork(options),
  };
}

/** What stands after "?": each name at most once, no unknown one, no empty value. */
function readOptions(search: string, backend: LightningBackend, known: readonly string[]): ReadonlyMap<string, string> {
  const options = new Map<string, string>();
  // A plus sign in a path is a plus sign.
  for (const [name, value] of new URLSearchParams(search.replaceAll('+', '%2B'))) {
    if (/^(?:macaroon|rune|password|uri|secret|token|key)$/i.test(name)) throw seen(backend);
    if (!known.includes(name)) {
      throw new LightningSettingError(`has an option that ${backend} does not know; it knows ${known.join(', ')}`);
    }
    if (options.has(name)) throw new LightningSettingError(`says ${name} twice`);
    if (value === '') throw new LightningSettingError(`says ${name} without a value`);
    options.set(name, value);
  }
  return options;
}

function readSecret(options: ReadonlyMap<string, string>, backend: RestSetting['backend']): SecretPlace {
  const name = secretNames[backend];
  const file = options.get(`${name}-file`);
  const variable = options.get(`${name}-env`);
  if (file !== undefined && variable === undefined) return { file };
  if (file === undefined && variable !== undefined) return { variable };
  throw new LightningSettingError(`needs ${name}-file=PATH or ${name}-env=VARIABLE, one of them`);
}

function readNetwork(options: ReadonlyMap<string, string>): Network {
  const text = options.get('network') ?? 'bitcoin';
  const network = networks.find((name) => name === text);
  if (network === undefined) throw new LightningSettingError(`network must be one of ${networks.join(', ')}`);
  return network;
}

function seen(backend: LightningBackend): LightningSettingError {
  const [file, variable] =
    backend === 'nwc'
      ? ['nwc+file:PATH', 'nwc+env:VARIABLE']
      : [`${secretNames[backend]}-file=PATH`, `${secretNames[backend]}-env=VARIABLE`];
  return new LightningSettingError(
    `contains a secret, which everybody on this machine can see there. Put it into a file that only Purser's user may read ` +
      `and say ${file}, or into a variable and say ${variable}`,
  );
}
