import { execFileSync, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { startCacheServer, startNginx } from './cache-servers.ts';
import { median, project, type Row } from './measure.ts';
import { cpuSeconds, type Served } from './served.ts';

const ROUNDS = 5;
const SECONDS = 2;
const CONNECTIONS = 80; // ten pulls at a time, eight connections each
const CLIENT = join(import.meta.dirname, 'small-objects-client.ts');

interface Figures {
  readonly perSecond: number;
  readonly cpuMicroseconds: number;
}

/** Small objects of a repository on many connections, beside nginx with the same folder. */
export async function smallObjects(): Promise<Row> {
  using folder = project({});
  const repository = join(folder.folder, 'repository');
  const paths = await makeRepository(folder.folder, repository);
  await using own = await startCacheServer(repository);
  await using nginx = await startNginx(repository, folder.folder);
  const [ours, theirs]: [Figures[], Figures[]] = [[], []];
  for (let round = 0; round <= ROUNDS; round += 1) {
    const [a, b] = [await measure(own, paths), await measure(nginx, paths)];
    if (round === 0) continue;
    ours.push(a);
    theirs.push(b);
  }
  const ratio = median(ours.map(({ perSecond }, i) => perSecond / (theirs[i]?.perSecond ?? Number.NaN)));
  return {
    figure: `small objects, ${CONNECTIONS} connections`,
    slipway: shown(ours),
    peer: `nginx, one worker: ${shown(theirs)} (${ratio.toFixed(2)}×)`,
    target: 'no target',
  };
}

function shown(figures: readonly Figures[]): string {
  const perSecond = Math.round(median(figures.map((each) => each.perSecond)));
  const cpu = Math.round(median(figures.map((each) => each.cpuMicroseconds)));
  return `${perSecond.toLocaleString('en')}/s, ${cpu} µs of CPU each`;
}

async function makeRepository(folder: string, repository: string): Promise<string> {
  const tree = join(folder, 'tree');
  await mkdir(tree);
  for (let i = 0; i < 2000; i += 1) await writeFile(join(tree, `${i}`), `${i} `.repeat(i % 500));
  const ostree = (...words: string[]) =>
    execFileSync('ostree', [`--repo=${repository}`, ...words], { stdio: 'ignore' });
  ostree('init', '--mode=archive');
  ostree('commit', '--branch=bench/tree/small', `--tree=dir=${tree}`);
  ostree('summary', '-u');
  const names = readdirSync(join(repository, 'objects'), { recursive: true, encoding: 'utf8' });
  return names
    .filter((name) => name.includes('.'))
    .map((name) => `objects/${name}`)
    .join('\n');
}

/** nginx does its work in a child. */
function processesOf(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return [pid, ...children.split(' ').filter(Boolean).map(Number)];
}

async function measure({ url, pid }: Served, paths: string): Promise<Figures> {
  const cpu = () => processesOf(pid).reduce((sum, each) => sum + cpuSeconds(each), 0);
  const words = ['--disable-warning=ExperimentalWarning', CLIENT, url, String(CONNECTIONS), String(SECONDS)];
  const before = cpu();
  const child = spawn(process.execPath, words, { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(paths);
  const perSecond = Number(await text(child.stdout));
  if (!(perSecond > 0)) throw new Error(`${url} did not answer`);
  return { perSecond, cpuMicroseconds: ((cpu() - before) * 1e6) / (perSecond * SECONDS) };
}
