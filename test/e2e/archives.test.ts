import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ask } from '../support/ask.ts';
import { type Served, serve } from '../support/download-server.ts';
import { createRig, type Rig } from '../support/rig.ts';

const FILES = 300;
const LARGE = Buffer.alloc(3_000_000, 'what is in the large file. ');
const CHECKS = { zip: ['unzip', '-tq'], 'tar.gz': ['gzip', '--test'], tar: ['tar', '-tf'] } as const;

type Format = keyof typeof CHECKS;

/** A rig with an output as the original program keeps it, without a manifest. */
function rigWithOutput(): Rig {
  const rig = createRig();
  for (let i = 0; i < FILES; i += 1) rig.write(`made/output/d${i % 7}/f${i}`, `content ${i}`);
  rig.write('made/output/large', LARGE);
  mkdirSync(join(rig.folder, 'store/bucket'), { recursive: true });
  packOutput(rig);
  return rig;
}

function packOutput({ folder }: Rig): void {
  execFileSync('tar', ['-C', join(folder, 'made'), '-cf', join(folder, 'store/bucket/output.tar'), 'output']);
}

const serveStore = (rig: Rig): Promise<Served> =>
  serve(rig, ['download', 'server', '--port', '0', '--root', 'store']);

const pathOf = (rig: Rig, artifact: string, more: string): string =>
  `/api/v3/operator/artifact/download?a=${artifact}&s=${encodeURIComponent(join(rig.folder, 'store'))}&${more}`;

function curl(rig: Rig, ...words: string[]): void {
  const result = spawnSync('curl', ['--silent', '--show-error', '--fail', ...words], { cwd: rig.folder });
  expect([result.stderr.toString(), result.status]).toEqual(['', 0]);
}

describe.concurrent.each(Object.keys(CHECKS) as Format[])('an artifact downloaded as %s', (format) => {
  it('is whole after a resume, by another process of the server, of what was never on its disk', async () => {
    await using rig = rigWithOutput();
    const name = `got.${format}`;
    const path = pathOf(rig, 'bucket/output.tar', `as=${format}`);
    const first = await serveStore(rig);
    const { headers } = await ask(first.url, path, { method: 'HEAD' });
    curl(rig, '--range', '0-1234567', '--output', name, first.url + path);
    first.running.process.kill('SIGTERM');
    await first.running.finished;
    const second = await serveStore(rig);
    expect((await ask(second.url, path, { method: 'HEAD' })).headers.etag).toBe(headers.etag);
    curl(rig, '--continue-at', '-', '--output', name, second.url + path);
    const got = join(rig.folder, name);
    expect(statSync(got).size).toBe(Number(headers['content-length']));
    const [program, ...words] = CHECKS[format];
    execFileSync(program, [...words, got], { stdio: 'pipe' });
    expect((await ask(second.url, path)).body.equals(readFileSync(got))).toBe(true);
  });
});

describe.concurrent('what is asked of a stored tar', () => {
  it('has one file, and a folder as an archive of its own', async () => {
    await using rig = rigWithOutput();
    const { url } = await serveStore(rig);
    const one = await ask(url, pathOf(rig, 'bucket/output.tar', 'path=d3/f3'));
    expect([one.status, one.text]).toEqual([200, 'content 3']);
    const folder = await ask(url, pathOf(rig, 'bucket/output.tar', 'path=d3&as=zip'));
    writeFileSync(join(rig.folder, 'd3.zip'), folder.body);
    const names = execFileSync('zipinfo', ['-1', join(rig.folder, 'd3.zip')], { encoding: 'utf8' });
    expect(names.split('\n').filter((name) => name !== '')).toHaveLength(1 + Math.ceil((FILES - 3) / 7));
    expect(names.split('\n').slice(0, 2)).toEqual(['d3/', expect.stringMatching(/^d3\/f\d+$/)]);
  });

  it('is never of two states when the tar is replaced meanwhile', async () => {
    await using rig = rigWithOutput();
    const { url } = await serveStore(rig);
    const path = pathOf(rig, 'bucket/output.tar', 'as=zip');
    const before = await ask(url, path, { headers: { range: 'bytes=0-999' } });
    rig.write('made/output/d3/f3', 'Content 3');
    packOutput(rig);
    const headers = { range: 'bytes=1000-1999', 'if-range': String(before.headers.etag) };
    const after = await ask(url, path, { headers });
    expect([before.status, after.status]).toEqual([206, 200]);
    expect(after.headers.etag).not.toBe(before.headers.etag);
    expect(after.body.includes('Content 3')).toBe(true);
  });
});
