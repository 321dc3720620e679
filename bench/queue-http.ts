import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { startPostgres } from '../test/support/postgres.ts';
import { startServer } from './fleet.ts';
import { median, type Row } from './measure.ts';

const ROUNDS = 3;
const COUNT = 3000;
const CLIENT = { clientId: 'bench', accessToken: 'a-token-of-the-bench-alone-0123' };

interface Rates {
  readonly created: number;
  readonly claimed: number;
  readonly reported: number;
}

async function load(url: string): Promise<Rates> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'queue-http-client.ts')], {
    env: {
      ...process.env,
      BENCH_URL: url,
      BENCH_CLIENT: CLIENT.clientId,
      BENCH_TOKEN: CLIENT.accessToken,
      BENCH_COUNT: String(COUNT),
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [printed, [code]] = await Promise.all([text(child.stdout), once(child, 'close')]);
  if (code !== 0) throw new Error(`the load ended with exit code ${code}`);
  return JSON.parse(printed) as Rates; // our own line
}

/** What one server on PostgreSQL answers in a second, signatures, database and clients on the same machine. */
export async function queueHttp(): Promise<Row[]> {
  await using postgres = await startPostgres();
  const folder = mkdtempSync(join(tmpdir(), 'slipway-bench-'));
  try {
    const clients = join(folder, 'clients.json');
    writeFileSync(clients, JSON.stringify([{ ...CLIENT, scopes: ['*'] }]));
    chmodSync(clients, 0o600);
    const environment = { SLIPWAY_DATA_DIR: join(folder, 'data'), DATABASE_URL: postgres.createDatabase() };
    await using server = await startServer(['--clients', clients], environment);
    const rounds: Rates[] = [];
    for (let round = 0; round < ROUNDS; round += 1) rounds.push(await load(server.url));
    const row = (figure: string, key: keyof Rates, peer: string): Row => ({
      figure: `${figure} over HTTP, signed, PostgreSQL`,
      slipway: `${Math.round(median(rounds.map((rates) => rates[key])))}/s`,
      peer: `the original: ${peer}`,
      target: '≥ 1,500/s',
    });
    return [
      row('createTask', 'created', '190–240/s'),
      row('claimWork of one', 'claimed', '230/s'),
      row('reportCompleted', 'reported', '245/s'),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
