import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startCacheServer, startDistance, startNginx } from './cache-servers.ts';
import { compare, inTurn, ms, PROGRAM, type Row, run } from './measure.ts';
import { writeArtifacts } from './push.ts';

const ROUNDS = 7;
const DISTANT_ROUNDS = 3;
const DELAY_MS = 20;
const REF = 'bench/tree/full';

/** A pull into something new, the whole process; gives what is to be done afterwards. */
type Pull = () => Promise<() => void>;

/** Pulls of one artifact beside the real `ostree`, from a server of files and from Slipway's own, near and far. */
export async function pull(): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-bench-'));
  try {
    const repository = await writeArtifacts(folder);
    await using nginx = await startNginx(repository, folder);
    await using own = await startCacheServer(repository);
    return [
      ...(await near(folder, { name: 'nginx', url: nginx.url })),
      ...(await near(folder, { name: 'slipway server', url: own.url })),
      await far(folder, { nginx: nginx.url, own: own.url }),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Server {
  readonly name: string;
  readonly url: string;
}

async function near(folder: string, { name, url }: Server): Promise<Row[]> {
  const pieces = [
    bySlipway(folder, url),
    byOstree(folder, url, 'bare-user'),
    byOstree(folder, url, 'archive'),
  ];
  const [slipway = [], bare = [], archive = []] = await inTurn(ROUNDS, ...pieces);
  const [toBare, toArchive] = [compare(slipway, bare), compare(slipway, archive)];
  return [
    {
      figure: `pull of 2,000 files, 100 MB, from ${name}`,
      slipway: ms(toBare.a),
      peer: `ostree pull ${ms(toBare.b)} (${toBare.ratio.toFixed(2)}×), with --mirror into an archive ${ms(toArchive.b)} (${toArchive.ratio.toFixed(2)}×)`,
      target: 'faster than ostree pull',
    },
  ];
}

async function far(folder: string, urls: { readonly nginx: string; readonly own: string }): Promise<Row> {
  await using files = await startDistance(urls.nginx, DELAY_MS);
  await using batches = await startDistance(urls.own, DELAY_MS);
  const [single = [], many = [], theirs = []] = await inTurn(
    DISTANT_ROUNDS,
    bySlipway(folder, files.url),
    bySlipway(folder, batches.url),
    byOstree(folder, files.url, 'bare-user'),
  );
  const [toSingle, toTheirs] = [compare(many, single), compare(many, theirs)];
  return {
    figure: `the same with ${DELAY_MS} ms for each request`,
    slipway: `${ms(toSingle.a)} in batches`,
    peer: `one by one ${ms(toSingle.b)} (${toSingle.ratio.toFixed(2)}×), ostree pull ${ms(toTheirs.b)} (${toTheirs.ratio.toFixed(2)}×)`,
    target: 'batches well below one by one',
  };
}

function bySlipway(folder: string, url: string): Pull {
  const data = join(folder, 'data');
  return async () => {
    await run('env', [`SLIPWAY_DATA_DIR=${data}`, PROGRAM, 'cache', 'pull', REF, '--pull-url', url]);
    return () => rmSync(data, { recursive: true });
  };
}

/** The repository is made before: that of Slipway is made while it pulls. */
function byOstree(folder: string, url: string, mode: 'bare-user' | 'archive'): Pull {
  const repository = join(folder, `ostree-${mode}`);
  const make = (): void => {
    rmSync(repository, { recursive: true, force: true });
    execFileSync('ostree', [`--repo=${repository}`, 'init', `--mode=${mode}`]);
    execFileSync('ostree', [`--repo=${repository}`, 'remote', 'add', '--no-gpg-verify', 'origin', url]);
  };
  make();
  const mirror = mode === 'archive' ? ['--mirror'] : [];
  return async () => {
    await run('ostree', [`--repo=${repository}`, 'pull', ...mirror, 'origin', REF]);
    return make;
  };
}
