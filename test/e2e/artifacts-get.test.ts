import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync, watch, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { packItems, readTar } from '../../src/archive/index.ts';
import {
  type ArtifactManifest,
  artifactKey,
  openRunCatalog,
  storeArtifact,
} from '../../src/artifacts/index.ts';
import { recordedArtifact, runRecord } from '../../src/artifacts/testing/run-record.ts';
import { type FaultServer, startFaultServer } from '../../src/download-client/testing/fault-server.ts';
import { patternOf } from '../../src/download-client/testing/fetch-rig.ts';
import { serve } from '../support/download-server.ts';
import { openRigStore } from '../support/kept-runs.ts';
import { createRig, type Rig } from '../support/rig.ts';

const MIB = 1024 * 1024;
const RUN = '6650a1b2c3d4e5f607182930';
const GUIDE = '# Guide\n';
const DATA = patternOf(3 * MIB);

const sha256Of = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

const content = (rig: Rig, path: string): Buffer => readFileSync(join(rig.folder, path));

/** Keeps a run with an output of two files, as a build does. */
async function keepOutput(rig: Rig): Promise<ArtifactManifest> {
  await using store = await openRigStore(rig);
  const key = artifactKey('app', RUN);
  const stream = packItems([
    { type: 'folder', name: 'output' },
    { type: 'folder', name: 'output/docs' },
    { type: 'file', name: 'output/docs/guide.md', content: GUIDE },
    { type: 'file', name: 'output/data.bin', content: DATA },
  ]);
  const about = { runId: RUN, name: 'output', fileName: 'output.tar' };
  const manifest = await storeArtifact({ store, key, ...about, content: { stream }, format: 'tar' });
  const { sizeBytes, sha256 } = manifest;
  const artifact = recordedArtifact({ key, store: store.name, sizeBytes, sha256, files: 2 });
  await openRunCatalog(store).write(runRecord({ runId: RUN, artifacts: [artifact] }));
  return manifest;
}

describe('slipway artifacts get, of a run of this machine', () => {
  it('writes the output here by its own name, checked, and says where', async () => {
    await using rig = createRig();
    const { sha256, sizeBytes } = await keepOutput(rig);
    const finished = await rig.run(['artifacts', 'get', 'latest']);
    expect(finished).toMatchObject({ exitCode: 0, stdout: `${join(rig.folder, 'output.tar')}\n` });
    expect(finished.stderr).toMatch(/^3\.0 MiB in .*\/s\), SHA-256 checked\n$/);
    expect(sha256Of(content(rig, 'output.tar'))).toBe(sha256);
    const again = await rig.run(['artifacts', 'get', 'latest', 'output', '--output', 'json']);
    expect(again.exitCode).toBe(1);
    expect(JSON.parse(again.stdout)).toMatchObject({
      type: 'error',
      message: `${join(rig.folder, 'output.tar')} is there already`,
      hint: '--force replaces it, --to FILE puts it elsewhere.',
    });
    const forced = await rig.run(['artifacts', 'get', RUN.slice(0, 8), '--force', '--output', 'json']);
    expect(JSON.parse(forced.stdout.trim().split('\n').at(-1) ?? '')).toMatchObject({
      type: 'downloaded',
      path: join(rig.folder, 'output.tar'),
      sizeBytes,
      sha256,
      verified: true,
    });
  });

  it('gets one file, a folder as an archive, and all of it to standard output', async () => {
    await using rig = createRig();
    await keepOutput(rig);
    await rig.run(['artifacts', 'get', RUN, '--file', 'docs/guide.md']);
    expect(rig.read('guide.md')).toBe(GUIDE);
    const zipped = await rig.run(['artifacts', 'get', RUN, 'output', '--as', 'zip', '--to', 'new/all.zip']);
    expect(zipped.exitCode).toBe(0);
    expect(content(rig, 'new/all.zip').subarray(0, 4)).toEqual(Buffer.from('PK\u0003\u0004'));
    const folder = await rig.run([
      'artifacts',
      'get',
      RUN,
      '--file',
      'docs',
      '--as',
      'tar',
      '--to',
      'docs.tar',
    ]);
    expect(folder.exitCode).toBe(0);
    const names: string[] = [];
    const tar = (async function* () {
      yield content(rig, 'docs.tar');
    })();
    for await (const entry of readTar(tar)) names.push(entry.path);
    expect(names.some((name) => name.endsWith('guide.md'))).toBe(true);
    const piped = await rig.run(['artifacts', 'get', RUN, '--file', 'docs/guide.md', '--to', '-']);
    expect(piped).toMatchObject({ exitCode: 0, stdout: GUIDE });
  });

  it('unpacks into a folder that is empty, and over another only by force', async () => {
    await using rig = createRig();
    await keepOutput(rig);
    for (const as of [[], ['--as', 'tar.gz', '--force']]) {
      const finished = await rig.run(['artifacts', 'get', RUN, '--unpack', 'there', ...as]);
      expect(finished).toMatchObject({ exitCode: 0, stdout: `${join(rig.folder, 'there')}\n` });
    }
    expect(rig.read('there/output/docs/guide.md')).toBe(GUIDE);
    expect(content(rig, 'there/output/data.bin').equals(DATA)).toBe(true);
    for (const left of ['there.slipway-get', 'there.unpacking', 'there.slipway-get.part']) {
      expect(rig.exists(left), left).toBe(false);
    }
    const refused = await rig.run(['artifacts', 'get', RUN, '--unpack', 'there']);
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toContain('there is not empty\n--force unpacks over what is there.');
  });

  it('leaves nothing of an archive that is not safe to unpack, and says how to have it all the same', async () => {
    await using rig = createRig();
    const archive = packItems([{ type: 'link', name: 'output/passwd', target: '/etc/passwd' }]);
    await using server = await startFaultServer({ body: await buffer(archive), etag: '"one"' });
    for (const force of [[], ['--force']]) {
      const finished = await rig.run(['artifacts', 'get', server.url.href, '--unpack', 'there', ...force]);
      expect(finished).toMatchObject({ exitCode: 1, stdout: '' });
      expect(finished.stderr).toMatch(
        /is not safe to unpack: .*\nWithout --unpack the artifact is got as it is\.\n$/,
      );
      expect(rig.exists('there.slipway-get')).toBe(false);
      expect(rig.exists('there.unpacking')).toBe(false);
    }
  });

  it('says what is missing, and what is wrong with the command line', async () => {
    await using rig = createRig();
    await keepOutput(rig);
    const cases: readonly (readonly [readonly string[], number, string])[] = [
      [[RUN, 'other'], 1, `the run ${RUN} has no artifact "other"`],
      [[RUN, '--file', 'docs/none.md'], 1, 'there is no "docs/none.md" in the artifact output'],
      [[RUN, '--file', 'docs'], 1, 'this is a folder'],
      [['ffff'], 1, 'there is no run "ffff"'],
      [[], 2, 'artifacts get: what? Name a run, "latest", or an address'],
      [['http://127.0.0.1/x', 'output'], 2, 'an address is all of it'],
      [[RUN, '--to', '-', '--output', 'json'], 2, '--to - and --output json both take standard output'],
      [[RUN, '--to', 'x', '--unpack', 'y'], 2, '--to and --unpack exclude each other'],
      [[RUN, '--unpack', 'y', '--as', 'zip'], 2, '--unpack takes a tar or tar.gz, not --as zip'],
      [[RUN, '--connections', '65'], 2, '--connections: expected a whole number from 1 to 64, found "65"'],
    ];
    for (const [words, exitCode, message] of cases) {
      const finished = await rig.run(['artifacts', 'get', ...words]);
      expect(finished.exitCode, words.join(' ')).toBe(exitCode);
      expect(finished.stderr + finished.stdout).toContain(message);
    }
    expect(rig.exists('output.tar')).toBe(false);
  });

  it('gives out nothing that is not what was stored', async () => {
    await using rig = createRig();
    const { key, sha256 } = await keepOutput(rig);
    const stored = join(rig.dataFolder, 'store', key);
    const bytes = readFileSync(stored);
    bytes[5000] = (bytes[5000] ?? 0) ^ 1;
    writeFileSync(stored, bytes);
    const finished = await rig.run(['artifacts', 'get', RUN]);
    expect(finished.exitCode).toBe(1);
    expect(finished.stderr).toContain(`expected SHA-256 ${sha256}, found ${sha256Of(bytes)}`);
    expect(rig.exists('output.tar')).toBe(false);
    expect(rig.exists('output.tar.part')).toBe(false);
  });
});

describe('slipway artifacts get, from a download server', () => {
  it('takes a signed link, or a run with a token', async () => {
    await using rig = createRig();
    const { sha256 } = await keepOutput(rig);
    const token = 'a-token-that-nobody-guesses';
    rig.write('token', `${token}\n`, 0o600);
    const environment = { SLIPWAY_DOWNLOAD_TOKEN: token };
    const { url } = await serve(rig, ['download', 'server', '--port', '0'], { environment });
    const link = await rig.run(['artifacts', 'link', RUN, 'output', '--server', url]);
    const linked = await rig.run(['artifacts', 'get', link.stdout.trim()]);
    expect(linked).toMatchObject({ exitCode: 0, stdout: `${join(rig.folder, 'output.tar')}\n` });
    expect(sha256Of(content(rig, 'output.tar'))).toBe(sha256);
    const words = ['--server', url, '--token-file', 'token'];
    await rig.run(['artifacts', 'get', 'latest', ...words, '--to', 'by-token.tar']);
    expect(sha256Of(content(rig, 'by-token.tar'))).toBe(sha256);
    await rig.run(['artifacts', 'get', RUN, ...words, '--file', 'docs/guide.md']);
    expect(rig.read('guide.md')).toBe(GUIDE);
    const refused = await rig.run(['artifacts', 'get', RUN, '--server', url, '--to', 'x']);
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toContain('answered 401: a signed link or a token is needed for this');
  });
});

const LARGE = patternOf(40 * MIB);

/** Resolves when the state beside a part says that something of it is there. */
async function someIsThere(rig: Rig, name: string): Promise<void> {
  const path = join(rig.folder, `${name}.part.json`);
  const isThere = (): boolean => existsSync(path) && /"start"/.test(readFileSync(path, 'utf8'));
  for await (const _ of watchFolder(rig.folder)) if (isThere()) return;
}

async function* watchFolder(folder: string): AsyncGenerator<void> {
  const watcher = watch(folder);
  try {
    for (;;) {
      yield;
      await once(watcher, 'change');
    }
  } finally {
    watcher.close();
  }
}

/** Each connection stops after 2 MiB; `going`: all is sent again. */
function stalling(server: FaultServer): { going: () => void } {
  server.fault = ({ range }) => (range === 'bytes=0-0' ? undefined : { stallAfter: 2 * MIB });
  return {
    going: () => {
      server.fault = undefined;
    },
  };
}

describe('slipway artifacts get that ends in the middle', () => {
  it.each(['SIGKILL', 'SIGINT', 'SIGTERM'] as const)(
    'by %s is gone on with by the next one, which does not ask for what is there',
    async (signal) => {
      await using rig = createRig();
      await using server = await startFaultServer({ body: LARGE, etag: '"one"' });
      const { going } = stalling(server);
      const words = ['artifacts', 'get', `${server.url}?signature=secret`];
      const running = rig.start(words);
      await someIsThere(rig, 'output.tar');
      running.process.kill(signal);
      const ended = await running.finished;
      if (signal !== 'SIGKILL') {
        expect(ended).toMatchObject({ exitCode: 1, stdout: '' });
        expect(ended.stderr).toBe('slipway: interrupted\nThe same command goes on where it was left.\n');
      }
      expect(rig.exists('output.tar')).toBe(false);
      going();
      server.asked.length = 0;
      const finished = await rig.run([...words, '--output', 'json']);
      const line = JSON.parse(finished.stdout.trim().split('\n').at(-1) ?? '');
      expect(line).toMatchObject({ type: 'downloaded', verified: true, sha256: sha256Of(LARGE) });
      expect(line.resumedBytes).toBeGreaterThan(0);
      const askedBytes = server.asked
        .map(({ range }) => /=(\d+)-(\d+)/.exec(range) ?? [])
        .reduce((sum, [, start, end]) => sum + Number(end) - Number(start) + 1, 0);
      expect(askedBytes).toBe(LARGE.length - line.resumedBytes);
      expect(content(rig, 'output.tar').equals(LARGE)).toBe(true);
      expect(rig.exists('output.tar.part.json')).toBe(false);
      expect(ended.stderr + finished.stdout).not.toContain('secret');
    },
  );

  it('keeps a second one away while it goes on', async () => {
    await using rig = createRig();
    await using server = await startFaultServer({ body: LARGE, etag: '"one"' });
    stalling(server);
    const words = ['artifacts', 'get', server.url.href];
    rig.start(words);
    await someIsThere(rig, 'output.tar');
    const second = await rig.run(words);
    expect(second.exitCode).toBe(1);
    expect(second.stderr).toMatch(/another process is fetching to .*output\.tar\.part\n/);
  });
});

describe('slipway artifacts get, of a server that is not to be trusted', () => {
  it('writes to the name alone, wherever the server wants it', async () => {
    await using rig = createRig();
    const headers = { 'content-disposition': 'attachment; filename="../../.profile"' };
    await using server = await startFaultServer({ body: DATA, etag: '"one"', headers });
    const finished = await rig.run(['artifacts', 'get', server.url.href]);
    expect(finished.stdout).toBe(`${join(rig.folder, 'profile')}\n`);
    expect(content(rig, 'profile').equals(DATA)).toBe(true);
  });

  it('does not follow it from https to http', async () => {
    await using rig = createRig();
    const tls = resolve(import.meta.dirname, '../support/tls');
    const key = readFileSync(join(tls, 'server.key'));
    const cert = readFileSync(join(tls, 'server.crt'));
    const server = createServer({ key, cert }, (_, response) => {
      response.writeHead(302, { location: 'http://127.0.0.1:9/x' }).end();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo; // it listens on TCP
    const environment = { NODE_EXTRA_CA_CERTS: join(tls, 'server.crt') };
    const finished = await rig.run(['artifacts', 'get', `https://localhost:${port}/x`], { environment });
    server.closeAllConnections();
    server.close();
    expect(finished.exitCode).toBe(1);
    expect(finished.stderr).toContain('redirects to http://127.0.0.1:9/x, which is not encrypted');
  });

  it('shows how far it is at a terminal, and leaves the line clean', async () => {
    await using rig = createRig();
    await using server = await startFaultServer({ body: LARGE, etag: '"one"' });
    const { going } = stalling(server);
    const running = rig.startAtTerminal(['artifacts', 'get', server.url.href, '--stall-timeout', '1']);
    await running.waitFor(/\d+% \[#* *\] \S+ MiB of 40\.0 MiB/);
    going();
    const { stdout } = await running.finished;
    const last = stdout.split('\r\u001b[K').at(-1);
    expect(last).toMatch(/^40\.0 MiB in .*SHA-256 checked\r\n.*output\.tar\r\n$/);
  });
});
