import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { compare, inTurn, median, ms, project, type Row, run } from './measure.ts';
import { cpuSeconds, fileUrl, type Served, served, startDownloadServer } from './served.ts';

const GIB = 1024 ** 3;
const ROUNDS = 9;

/** 1 GiB over loopback to `curl`, against nginx with `sendfile`, from the same file in the page cache. */
export async function download(): Promise<Row[]> {
  using work = project({});
  fill(join(work.folder, 'gib'));
  await using slipway = await startDownloadServer(work.folder);
  await using nginx = await startNginx(work.folder);
  const ours = createFetch(slipway, fileUrl(slipway, work.folder, 'gib'));
  if (nginx === undefined) return rowsAlone(ours);
  const theirs = createFetch(nginx, `${nginx.url}/gib`);
  const [slipwayTimes = [], nginxTimes = []] = await inTurn(ROUNDS, ours.fetch, theirs.fetch);
  const { a, b, ratio } = compare(nginxTimes, slipwayTimes);
  return rows(b, ours.cpu(), {
    speed: `nginx, sendfile: ${ms(a)}: ${ratio.toFixed(2)}× its speed`,
    cpu: `nginx: ${theirs.cpu()}`,
  });
}

async function rowsAlone({ fetch, cpu }: Fetch): Promise<Row[]> {
  const [times = []] = await inTurn(ROUNDS, fetch);
  const peer = 'nginx is not installed (Debian: apt-get install nginx-light)';
  return rows(median(times), cpu(), { speed: peer, cpu: peer });
}

function rows(timeMs: number, cpu: string, peers: { readonly speed: string; readonly cpu: string }): Row[] {
  const speed = `${ms(timeMs)}, ${(1000 / timeMs).toFixed(1)} GiB/s`;
  return [
    { figure: '1 GiB over loopback to curl', slipway: speed, peer: peers.speed, target: '≥ 1.0×' },
    { figure: 'CPU of the server for 1 GiB', slipway: cpu, peer: peers.cpu, target: '≤ 0.5 s' },
  ];
}

interface Fetch {
  readonly fetch: () => Promise<void>;
  /** Of the server, per download: the median, since others use the machine as well. */
  readonly cpu: () => string;
}

function createFetch(server: Served, url: string): Fetch {
  const used: number[] = [];
  return {
    async fetch() {
      const before = cpuSeconds(server.pid);
      await run('curl', ['--silent', '--fail', '--output', '/dev/null', url]);
      used.push(cpuSeconds(server.pid) - before);
    },
    cpu: () => `${median(used.slice(1)).toFixed(2)} s`, // the first round is not counted
  };
}

/** A GiB that is on the disk, and in the page cache. */
function fill(path: string): void {
  const piece = Buffer.alloc(1024 * 1024, 'what is downloaded\n');
  const file = openSync(path, 'w');
  for (let size = 0; size < GIB; size += piece.length) writeSync(file, piece);
  closeSync(file);
}

const PORT_TRIES = 50;

/** One process of nginx that serves a folder as it does best; `undefined` where there is none. */
async function startNginx(root: string): Promise<Served | undefined> {
  if (spawnSync('nginx', ['-v']).error !== undefined) return undefined;
  const port = 20_000 + Math.floor(Math.random() * 10_000);
  const config = join(root, 'nginx.conf');
  writeFileSync(
    config,
    [
      `daemon off; master_process off; pid ${root}/nginx.pid; error_log ${root}/nginx.log;`,
      'events { worker_connections 1024; }',
      'http {',
      '  access_log off; sendfile on; tcp_nopush on;',
      `  server { listen 127.0.0.1:${port}; root ${root}; }`,
      '}',
    ].join('\n'),
  );
  const child = spawn('nginx', ['-c', config, '-p', root, '-e', `${root}/nginx.log`], { stdio: 'ignore' });
  const nginx = served(child, `http://127.0.0.1:${port}`);
  for (let tries = 0; !(await accepts(port)); tries += 1) {
    if (child.exitCode !== null || tries === PORT_TRIES)
      throw new Error(`nginx does not listen: see ${root}/nginx.log`);
    await delay(100);
  }
  return nginx;
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
