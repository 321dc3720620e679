import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type ArtifactManifest, manifestKey, openRunCatalog } from '../src/artifacts/index.ts';
import { currentOwner } from '../src/kernel/index.ts';
import { openStore } from '../src/store/index.ts';
import { median, ms, project, type Row, run } from './measure.ts';
import { type Served, startDownloadServer } from './served.ts';

const GIB = 1024 ** 3;
const FILE_COUNTS = [2000, 20_000];
const PEER_FILES = 2000;
/** A multiple of 512 needs no padding in a tar. */
const sizeOfOne = (files: number): number => Math.floor((10 * GIB) / files / 512) * 512;
const STARTS = 5;
const REQUESTS = 21;
const RANGE_BYTES = 64 * 1024; // what a program reads that looks for a zip's directory
const RUN_ID = '0123456789abcdef01234567';
const KEY = `project-artifacts/bench/${RUN_ID}/output.tar`;

/** Until the first byte of a range at the end of a zip that is made of a stored tar, against making the zip. */
export async function zipRange(): Promise<Row[]> {
  const peer = await zipTime();
  const rows: Row[] = [];
  for (const files of FILE_COUNTS) rows.push({ ...(await timeFiles(files)), peer, target: '≤ 50 ms' });
  return rows;
}

async function timeFiles(files: number): Promise<Pick<Row, 'figure' | 'slipway'>> {
  using work = project({});
  await putRun(join(work.folder, '.data/store'), files);
  const firsts: number[] = [];
  const others: number[] = [];
  for (let start = 0; start < STARTS; start += 1) {
    await using server = await startDownloadServer(work.folder, ['--public']);
    await fetch(`${server.url}/api/v1/runs/${RUN_ID}`); // the record: what a client does first
    firsts.push(timeToFirstByte(server));
    for (let request = 1; request < REQUESTS; request += 1) others.push(timeToFirstByte(server));
  }
  return {
    figure: `first byte of a range at the end of 10 GiB (${files.toLocaleString('en')} files) as zip`,
    slipway: `${ms(median(others))}, the first time ${ms(median(firsts))}`,
  };
}

/** A run whose artifact is a sparse tar, with a manifest as if it had been stored here. */
async function putRun(folder: string, files: number): Promise<void> {
  await using store = await openStore({ type: 'folder', folder });
  const manifest = makeManifest(files);
  mkdirSync(dirname(join(folder, KEY)), { recursive: true });
  writeFileSync(join(folder, KEY), '');
  truncateSync(join(folder, KEY), manifest.sizeBytes);
  await store.put(manifestKey(KEY), chunk(JSON.stringify(manifest)));
  const { name, fileName, key, sizeBytes, sha256, mediaType, storedAt } = manifest;
  const about = { name, fileName, key, sizeBytes, sha256, mediaType, storedAt };
  await openRunCatalog(store).write({
    version: 1,
    runId: RUN_ID,
    application: { id: 'bench', name: 'bench' },
    kind: 'build',
    pipeline: 'build',
    startedAt: storedAt,
    finishedAt: storedAt,
    result: 'passed',
    owner: currentOwner(),
    steps: [],
    artifacts: [{ ...about, store: store.name, files }],
  });
}

async function* chunk(text: string): AsyncGenerator<Buffer> {
  yield Buffer.from(text);
}

function makeManifest(files: number): ArtifactManifest {
  const fileBytes = sizeOfOne(files);
  const tarFileBytes = 512 + fileBytes; // with its header
  const entries = Array.from({ length: files }, (_, i) => ({
    path: `packages/package-${Math.floor(i / 200)}/lib/components/file-${i}.js`,
    type: 'file' as const,
    mode: 0o644,
    modifiedAt: 1_700_000_000 + i,
    sizeBytes: fileBytes,
    offset: i * tarFileBytes + 512,
    sha256: i.toString(16).padStart(64, '0'),
    crc32: i,
    mediaType: 'text/javascript',
  }));
  return {
    version: 1,
    runId: RUN_ID,
    name: 'output',
    fileName: 'output.tar',
    key: KEY,
    sizeBytes: files * tarFileBytes + 1024,
    sha256: '0'.repeat(64),
    crc32: 0,
    mediaType: 'application/x-tar',
    storedAt: 1_700_000_000_000,
    entries,
  };
}

/** As curl sees it, connection and all, in milliseconds. */
function timeToFirstByte({ url }: Served): number {
  const format = '%{http_code} %{size_download} %{time_starttransfer}';
  const words = ['--silent', '--range', `-${RANGE_BYTES}`, '--output', '/dev/null', '--write-out', format];
  const address = `${url}/api/v1/runs/${RUN_ID}/artifacts/output?as=zip`;
  const [status, size, seconds] = execFileSync('curl', [...words, address], { encoding: 'utf8' }).split(' ');
  if (status === '206' && Number(size) === RANGE_BYTES) return Number(seconds) * 1000;
  throw new Error(`${address}: ${status} with ${size} bytes`);
}

/** What it takes to have a zip before any of its end can be asked for: a tenth of it, since the disk may be small. */
async function zipTime(): Promise<string> {
  if (spawnSync('zip', ['-v']).error !== undefined)
    return 'zip is not installed (Debian: apt-get install zip)';
  using work = project({});
  for (let i = 0; i < PEER_FILES; i += 1) {
    writeFileSync(join(work.folder, `file-${i}`), '');
    truncateSync(join(work.folder, `file-${i}`), Math.floor(GIB / PEER_FILES));
  }
  const startedAt = performance.now();
  await run('zip', ['-q', '-0', '-r', 'all.zip', '.'], { cwd: work.folder });
  return `zip -0 of 1 GiB (${PEER_FILES.toLocaleString('en')} files) to disk first: ${ms(performance.now() - startedAt)}`;
}
