import { inspectPostgres } from '../../../database/index.ts';
import { readBuilderSettings } from '../../builder-settings.ts';
import { readSettings } from '../../read-settings.ts';
import { MIGRATIONS } from '../../server-parts.ts';
import { type Check, failed, ok, type Patient, skipped, warning } from '../check.ts';

/** Signatures of requests are good for fifteen minutes, and those of clouds for as long. */
const TOO_FAR_MS = 5 * 60_000;
const FAR_MS = 5000;

interface Skew {
  readonly of: string;
  /** How much later it is there. */
  readonly aheadMs: number;
}

/** This machine's clock against those of all that it speaks with. */
export const CLOCKS: Check = {
  name: 'clocks',
  async run(patient, signal) {
    const asked = await Promise.all([databaseClock(patient, signal), ...(await webClocks(patient, signal))]);
    const skews = asked.filter((skew) => skew !== undefined);
    if (skews.length === 0) return skipped('there is no other clock to compare with');
    const worst = skews.toSorted((a, b) => Math.abs(b.aheadMs) - Math.abs(a.aheadMs))[0];
    const found = skews.map(skewText).join(', ');
    const off = Math.abs(worst?.aheadMs ?? 0);
    const hint =
      'let NTP set the clocks of both (timedatectl, chronyc): signatures and claims depend on them';
    if (off >= TOO_FAR_MS) return failed(found, hint);
    return off >= FAR_MS ? warning(found, hint) : ok(found);
  },
};

/** Headers have whole seconds. */
const skewText = ({ of, aheadMs }: Skew): string => {
  const seconds = Math.round(aheadMs / 1000);
  return seconds === 0 ? `as ${of}` : `${Math.abs(seconds)} s ${seconds > 0 ? 'behind' : 'ahead of'} ${of}`;
};

/** What cannot be reached has a check of its own that says so. */
async function databaseClock(
  { server: { database } }: Patient,
  signal: AbortSignal,
): Promise<Skew | undefined> {
  if (database.type === 'sqlite') return undefined;
  try {
    const { now } = await inspectPostgres(database.url, MIGRATIONS, signal);
    return { of: 'the database', aheadMs: now - Date.now() };
  } catch {
    return undefined;
  }
}

async function webClocks(
  { context, server }: Patient,
  signal: AbortSignal,
): Promise<Promise<Skew | undefined>[]> {
  const { settings } = await readSettings(context);
  const registry = readBuilderSettings(context)?.registry;
  const host = registry?.registryPushHost ?? registry?.registryHost;
  const scheme = host !== undefined && registry?.plainHttpHosts.includes(host) ? 'http' : 'https';
  const store = storeAddress(
    settings.get('store.type'),
    settings.get('store.endpoint'),
    settings.get('store.region'),
  );
  const addresses: [string, string | undefined][] = [
    ['the root URL', server.rootUrl],
    ['the store', store],
    ['the registry', host && `${scheme}://${host}/v2/`],
  ];
  return addresses.flatMap(([of, url]) => (url === undefined ? [] : [webClock(of, url, signal)]));
}

function storeAddress(
  type: string | undefined,
  endpoint: string | undefined,
  region: string | undefined,
): string | undefined {
  if (endpoint !== undefined || region === undefined) return endpoint;
  if (type === 's3') return `https://s3.${region}.amazonaws.com`;
  return type === 'oci' ? `https://objectstorage.${region}.oraclecloud.com` : undefined;
}

async function webClock(of: string, url: string, signal: AbortSignal): Promise<Skew | undefined> {
  try {
    const sentAt = Date.now();
    const response = await fetch(url, { method: 'HEAD', redirect: 'manual', signal });
    const date = Date.parse(response.headers.get('date') ?? '');
    if (Number.isNaN(date)) return undefined;
    // It was some moment of that second, and of the time that the answer took.
    const aheadMs = date + 500 - (sentAt + Date.now()) / 2;
    return { of, aheadMs: Math.abs(aheadMs) < 1000 ? 0 : aheadMs };
  } catch {
    return undefined;
  }
}
