import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { availableParallelism, totalmem } from 'node:os';
import { errorCode, formatBytes } from '../../../kernel/index.ts';
import { claimText, liveClaim } from '../../data-claim.ts';
import { type Check, failed, ok, skipped, warning } from '../check.ts';

const LEAST_NODE = 24;

export const NODE: Check<unknown> = {
  name: 'node',
  async run() {
    const { version, arch } = process;
    const found = `Node ${version.slice(1)}, ${arch}, ${availableParallelism()} processors, ${formatBytes(totalmem())} of memory`;
    if (Number.parseInt(version.slice(1), 10) >= LEAST_NODE) return ok(found);
    return failed(found, `run Slipway with Node ${LEAST_NODE} or newer`);
  },
};

/** A server may have 65,536 connections by `docs/server.md`; workers and tasks need some beside them. */
const ENOUGH_FILES = 65_536;
const FEW_FILES = 4096;

export const LIMITS: Check<unknown> = {
  name: 'limits',
  async run() {
    const text = await readFile('/proc/self/limits', 'utf8').catch(() => '');
    const [, soft = '', hard = ''] = /^Max open files\s+(\S+)\s+(\S+)/m.exec(text) ?? [];
    if (soft === '') return skipped('this system does not say them');
    const files = soft === 'unlimited' ? Number.POSITIVE_INFINITY : Number(soft);
    const found = `${soft} open files (at most ${hard})`;
    const hint = `let it have ${ENOUGH_FILES}: LimitNOFILE=${ENOUGH_FILES} for systemd, --ulimit nofile=${ENOUGH_FILES} for a container, or ulimit -n`;
    if (files >= ENOUGH_FILES) return ok(found);
    return files < FEW_FILES ? failed(found, hint) : warning(found, hint);
  },
};

const TROUBLE: Readonly<Record<string, string>> = {
  EADDRNOTAVAIL: 'this machine does not have that address',
  EAFNOSUPPORT: 'this machine has no addresses of that kind',
  ENOTFOUND: 'there is no address of that name',
  EAI_AGAIN: 'no name server says which address that is',
};

export const PORT: Check = {
  name: 'port',
  async run({ listen: { host, port }, dataFolder }) {
    if (port === 0) return ok('any port that is free');
    const where = `${host}, port ${port}`;
    const claim = await liveClaim(dataFolder);
    const code = await portTrouble(host, port);
    if (code === undefined) return ok(`${where} is free`);
    if (code === 'EADDRINUSE' && claim !== undefined) return ok(`${where}: ${claimText(claim)}`);
    if (code === 'EADDRINUSE')
      return failed(`${where}: another program listens there`, 'end it, or choose another port with --port');
    if (code === 'EACCES')
      return failed(
        `${where}: this user may not`,
        'choose a port from 1024 on, or give the program CAP_NET_BIND_SERVICE',
      );
    return failed(`${where}: ${TROUBLE[code] ?? code}`, 'choose an address of this machine with --host');
  },
};

/** Why nobody can listen there now; `undefined`: one could. */
async function portTrouble(host: string, port: number): Promise<string | undefined> {
  const server = createServer();
  try {
    server.listen({ host, port });
    await once(server, 'listening');
    return undefined;
  } catch (error) {
    return errorCode(error) ?? String(error);
  } finally {
    server.close();
  }
}
