import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pipelineFile } from '../support/pipeline.ts';
import { createRig, type Finished } from '../support/rig.ts';

interface Entry {
  readonly name: string;
  readonly content?: string;
  /** As in the format: `0` a file, `2` a link, `g` a header for all. */
  readonly type?: string;
  readonly link?: string;
}

/** A tar written by hand, since no tool writes what is refused here. */
function tar(entries: readonly Entry[]): Buffer {
  const blocks = entries.flatMap(({ name, content = '', type = '0', link = '' }) => {
    const header = Buffer.alloc(512);
    const body = Buffer.alloc(Math.ceil(Buffer.byteLength(content) / 512) * 512);
    body.write(content);
    header.write(name, 0);
    header.write(`0000644\0${'0000000\0'.repeat(2)}`, 100);
    header.write(
      `${Buffer.byteLength(content).toString(8).padStart(11, '0')}\0${'0'.repeat(11)}\0        `,
      124,
    );
    header.write(`${type}${link}`, 156);
    header.write('ustar\x0000', 257);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    return [header, body];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

const FILE = pipelineFile({ steps: ['ls -A; cat data.txt'] });
const PROJECT: readonly Entry[] = [
  { name: 'wercker.yml', content: FILE },
  { name: 'data.txt', content: 'from afar\n' },
];
const below = (folder: string): Entry[] =>
  PROJECT.map((entry) => ({ ...entry, name: `${folder}/${entry.name}` }));

const ARCHIVES: Readonly<Record<string, Buffer>> = {
  '/plain.tar.gz': gzipSync(tar(PROJECT)),
  '/git.tar.gz': gzipSync(
    tar([
      {
        name: 'pax_global_header',
        type: 'g',
        content: '52 comment=0123456789012345678901234567890123456789\n',
      },
      ...below('app-1.2'),
    ]),
  ),
  '/parent.tar.gz': gzipSync(tar([...PROJECT, { name: '../escaped', content: 'x' }])),
  '/absolute.tar.gz': gzipSync(tar([...PROJECT, { name: '/tmp/slipway-escaped', content: 'x' }])),
  '/through.tar.gz': gzipSync(
    tar([
      ...PROJECT,
      { name: 'out', type: '2', link: '/tmp' },
      { name: 'out/slipway-escaped', content: 'x' },
    ]),
  ),
  '/truncated.tar.gz': gzipSync(tar(PROJECT)).subarray(0, 150),
  '/other.tar.gz': Buffer.from('<html>no archive</html>'),
};

describe.concurrent('a tarball as the source', () => {
  let server: Server;
  let base: string;

  beforeAll(async () => {
    server = createServer(({ url = '' }, response) => {
      const archive = ARCHIVES[url.replace(/\?.*/, '')];
      if (archive === undefined) response.writeHead(404).end('nothing here');
      else response.end(archive);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  afterAll(() => server.close());

  async function build(path: string): Promise<Finished> {
    await using rig = createRig();
    return await rig.run(['build', `${base}${path}`]);
  }

  it.each(['/plain.tar.gz', '/git.tar.gz?token=open-sesame'])('runs: %s', async (path) => {
    const { exitCode, stdout, stderr } = await build(path);
    expect(stdout, stderr).toBe('data.txt\nwercker.yml\nfrom afar\n');
    expect(stdout + stderr).not.toContain('open-sesame');
    expect(exitCode).toBe(0);
  });

  it.each([
    ['/parent.tar.gz?token=open-sesame', /\.\./],
    ['/absolute.tar.gz', /slipway-escaped/],
    ['/through.tar.gz', /out/],
    ['/truncated.tar.gz', /trunc|end|incomplete|short/i],
    ['/other.tar.gz', /gzip|archive|tar/i],
    ['/absent.tar.gz', /answered 404/],
  ])('is refused in words: %s', async (path, why) => {
    const { exitCode, stdout, stderr } = await build(path);
    expect(stderr).toContain(`cannot fetch ${base}${path.replace(/\?.*/, '')}: `);
    expect(stderr).toMatch(why);
    expect(stderr).not.toMatch(/open-sesame|mistake in Slipway/);
    expect(stdout).toBe('');
    expect(exitCode).toBe(1);
  });

  it('is refused where no server answers', async () => {
    await using rig = createRig();
    const { exitCode, stderr } = await rig.run(['build', 'http://127.0.0.1:1/x.tar.gz']);
    expect(stderr).toContain('cannot fetch http://127.0.0.1:1/x.tar.gz: ');
    expect(exitCode).toBe(1);
  });
});

describe.concurrent('a folder as the source', () => {
  it.each([
    [['wercker.yml'], 'is not a directory'],
    [['absent'], 'is not a directory'],
    [['.', '--working-dir', '.'], "Project path can't be the same as the working dir"],
    [['empty'], 'there is no wercker.yml in empty'],
  ])('is refused in words: %j', async (words, why) => {
    await using rig = createRig(pipelineFile({ steps: ['echo never'] }));
    mkdirSync(join(rig.folder, 'empty'));
    const { exitCode, stdout, stderr } = await rig.run(['build', ...words]);
    expect(stderr).toContain(why);
    expect(stdout).toBe('');
    expect([1, 2]).toContain(exitCode);
  });

  it('arrives as it is: links, modes, empty folders, odd names', async () => {
    await using rig = createRig(
      pipelineFile({
        steps: [
          'for link in dangling outside inside; do readlink "$link"; done; ls -A empty; [ -d empty ]; cat inside',
          'stat -c "%a" run.sh private locked',
          `cat "a b" "$(printf 'new\\nline')" "$(printf 'latin\\351')" -- "-dash" "🐢"`,
        ],
      }),
    );
    mkdirSync(join(rig.folder, 'empty'));
    symlinkSync('nowhere', join(rig.folder, 'dangling'));
    symlinkSync('/etc/hostname', join(rig.folder, 'outside'));
    symlinkSync('private', join(rig.folder, 'inside'));
    rig.write('run.sh', 'x', 0o755);
    rig.write('private', 'mine\n', 0o600);
    rig.write('locked', 'x', 0o444);
    chmodSync(join(rig.folder, 'run.sh'), 0o755);
    for (const name of ['a b', 'new\nline', '-dash', '🐢']) rig.write(name, `${JSON.stringify(name)}\n`);
    writeFileSync(Buffer.concat([Buffer.from(`${rig.folder}/latin`), Buffer.from([0xe9])]), 'latin\n');
    const { exitCode, stdout, stderr } = await rig.run(['build']);
    expect(stdout, stderr).toBe(
      'nowhere\n/etc/hostname\nprivate\nmine\n755\n600\n444\n"a b"\n"new\\nline"\nlatin\n"-dash"\n"🐢"\n',
    );
    expect(exitCode).toBe(0);
  });

  it('with a fifo is refused by its name, and can be built when that is ignored', async () => {
    await using rig = createRig(pipelineFile({ steps: ['ls'] }));
    execFileSync('mkfifo', [join(rig.folder, 'pipe')]);
    const { exitCode, stderr } = await rig.run(['build']);
    expect(stderr).toContain('pipe');
    expect(stderr).not.toContain('mistake in Slipway');
    expect(exitCode).toBe(1);
    rig.write('.werckerignore', 'pipe\n');
    expect((await rig.run(['build'])).stdout).toBe('wercker.yml\n');
  });
});
