import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startCacheServer, startDistance, startNginx } from './cache-servers.ts';
import { compare, inTurn, ms, PROGRAM, type Row, run } from './measure.ts';
import { writeArtifacts } from './push.ts';

const ROUNDS = 3;
const DISTANT_ROUNDS = 2;
const DELAY_MS = 20;
const REF = 'bench/tree/full';

/**
 * A pull into something new, the whole process; gives what is to be done afterwards. What was pulled stays until all rounds
 * are done: ext4 looks through all inodes that were freed within minutes at each new file, and would slow the next round down.
 */
type Pull = () => Promise<(() => void) | undefined>;

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

async function near(parent: string, { name, url }: Server): Promise<Row[]> {
  using pulled = temporaryFolder(parent);
  const { folder } = pulled;
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

async function far(parent: string, urls: { readonly nginx: string; readonly own: string }): Promise<Row> {
  using pulled = temporaryFolder(parent);
  const { folder } = pulled;
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
    figure: `the same with ${DELAY_MS} ms on the way there`,
    slipway: `${ms(toSingle.a)} in batches`,
    peer: `one by one ${ms(toSingle.b)} (${toSingle.ratio.toFixed(2)}×), ostree pull ${ms(toTheirs.b)} (${toTheirs.ratio.toFixed(2)}×)`,
    target: 'faster than ostree pull',
  };
}

function temporaryFolder(parent: string): Disposable & { readonly folder: string } {
  const folder = mkdtempSync(join(parent, 'pulled-'));
  return { folder, [Symbol.dispose]: () => rmSync(folder, { recursive: true }) };
}

function bySlipway(folder: string, url: string): Pull {
  return async () => {
    const data = mkdtempSync(join(folder, 'slipway-'));
    await run('env', [`SLIPWAY_DATA_DIR=${data}`, PROGRAM, 'cache', 'pull', REF, '--pull-url', url]);
    return undefined;
  };
}

/** The repository is made before: that of Slipway is made while it pulls. */
function byOstree(folder: string, url: string, mode: 'bare-user' | 'archive'): Pull {
  let repository = '';
  const make = (): void => {
    repository = mkdtempSync(join(folder, `ostree-${mode}-`));
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
