import { readFile } from 'node:fs/promises';
import { type Engine, EngineError } from '../../../engine/index.ts';
import { readBuilderSettings } from '../../builder-settings.ts';
import { type Check, ok, skipped, warning } from '../check.ts';
import { engineWithin } from '../engine-within.ts';

const HINT =
  '--build-network proxy takes builds to web servers alone, by the server; docs/docker-builder.md has rules of a firewall, too';

/** What requirements of strangers could reach. */
export const BUILD_NETWORK: Check = {
  name: 'build-network',
  async run({ context }, signal) {
    const settings = readBuilderSettings(context);
    if (!settings?.isConfigured) return skipped('no images are built here');
    const { backend, network, reach, usersFile, couch } = settings;
    if (network === 'none') return ok('builds reach nothing');
    if (backend === 'kubernetes') return skipped('in a cluster network policies say what builds reach');
    if (network === 'proxy')
      return ok(
        reach.length === 0
          ? 'builds reach web servers of the internet, by the server, and neither this machine nor its networks'
          : `builds reach ${reach.join(', ')}, by the server, and nothing else`,
      );
    await using engine = await engineWithin(context, signal);
    const found = `builds reach what all containers do: the internet, this network, a cloud's metadata, and ${await machineOf(engine, signal)}`;
    const hasUsers = usersFile !== undefined || couch !== undefined;
    return hasUsers ? warning(found, HINT) : { ...ok(found), hint: HINT };
  },
};

const SHOWN_PORTS = 8;

/** What of the engine's machine containers of its bridge reach. */
async function machineOf(engine: Engine, signal: AbortSignal): Promise<string> {
  try {
    const { gateway } = (await engine.inspectNetwork('bridge')) ?? {};
    if (!gateway) return "the engine's machine";
    const { endpoint } = await engine.ping({ signal });
    if (!endpoint.includes('/') || /^tcp:|^https?:/.test(endpoint))
      return `the engine's machine at ${gateway}`;
    const ports = await portsOpenTo(gateway);
    if (ports.length === 0) return `this machine at ${gateway}, where nothing listens now`;
    const more = ports.length > SHOWN_PORTS ? ', …' : '';
    return `this machine at ${gateway}, where it listens at ${ports.slice(0, SHOWN_PORTS).join(', ')}${more}`;
  } catch (error) {
    if (error instanceof EngineError) return "the engine's machine";
    throw error;
  }
}

async function portsOpenTo(address: string): Promise<number[]> {
  const tables = ['/proc/net/tcp', '/proc/net/tcp6'].map((file) => readFile(file, 'utf8').catch(() => ''));
  const ports = (await Promise.all(tables)).flatMap((text) => listeningPorts(text, address));
  return [...new Set(ports)].sort((a, b) => a - b);
}

const LISTENS = '0A';

/** Ports that a table of Linux lists as open at all addresses, or at this one of IPv4. */
export function listeningPorts(table: string, address: string): number[] {
  const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number);
  const own = Buffer.from([d, c, b, a]).toString('hex').toUpperCase();
  return table.split('\n').flatMap((line) => {
    const [, local = '', , state] = line.trim().split(/\s+/);
    const [host = '', port = ''] = local.split(':');
    const isOpen =
      state === LISTENS && (/^0+$/.test(host) || host === own || host.endsWith(`FFFF0000${own}`));
    return isOpen ? [Number.parseInt(port, 16)] : [];
  });
}
