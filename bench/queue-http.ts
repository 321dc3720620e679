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

/** What one server answers in a second, signatures, database and clients on the same machine. */
async function ratesOf(environment: Readonly<Record<string, string>>): Promise<readonly Rates[]> {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-bench-'));
  try {
    const clients = join(folder, 'clients.json');
    writeFileSync(clients, JSON.stringify([{ ...CLIENT, scopes: ['*'] }]));
    chmodSync(clients, 0o600);
    const all = { SLIPWAY_DATA_DIR: join(folder, 'data'), ...environment };
    await using server = await startServer(['--clients', clients], all);
    const rounds: Rates[] = [];
    for (let round = 0; round < ROUNDS; round += 1) rounds.push(await load(server.url));
    return rounds;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function rowsOf(database: string, rounds: readonly Rates[], target: string): Row[] {
  const row = (figure: string, key: keyof Rates, peer: string): Row => ({
    figure: `${figure} over HTTP, signed, ${database}`,
    slipway: `${Math.round(median(rounds.map((rates) => rates[key])))}/s`,
    peer: `the original: ${peer}`,
    target,
  });
  return [
    row('createTask', 'created', '190–240/s'),
    row('claimWork of one', 'claimed', '230/s'),
    row('reportCompleted', 'reported', '245/s'),
  ];
}

/** On PostgreSQL, and on the embedded database. */
export async function queueHttp(): Promise<Row[]> {
  await using postgres = await startPostgres();
  const fleet = await ratesOf({ DATABASE_URL: postgres.createDatabase() });
  return [...rowsOf('PostgreSQL', fleet, '≥ 1,500/s'), ...rowsOf('SQLite', await ratesOf({}), '–')];
}
