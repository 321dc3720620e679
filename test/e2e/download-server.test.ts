import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { join, resolve } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { artifactResource, readLinkKeys, signLink } from '../../src/download/index.ts';
import { openFileLimit } from '../../src/server/limits.ts';
import { ask } from '../support/ask.ts';
import { onFreePort, type Served, serve } from '../support/download-server.ts';
import { createRig, type Rig } from '../support/rig.ts';

const PATIENT = { timeout: 20_000 }; // beside all the other tests

const PATH = '/api/v3/operator/artifact/download';
const TLS = resolve(import.meta.dirname, '../support/tls');
const MIB = 1024 * 1024;

const tls = (name: string, ending: 'crt' | 'key'): string => join(TLS, `${name}.${ending}`);

/** A rig with files below `store`, and one beside it. */
function rigWithFiles(): Rig {
  const rig = createRig();
  rig.write('store/bucket/project-artifacts/app/run/output.tar', 'hello');
  rig.write('store/a b/ü"\\\r\nx: y.txt', 'odd');
  rig.write('secret', 'secret');
  symlinkSync('../secret', join(rig.folder, 'store/link'));
  return rig;
}

const OUTPUT = 'bucket/project-artifacts/app/run/output.tar';

const local = (rig: Rig, artifact: string): string =>
  `${PATH}?a=${encodeURIComponent(artifact)}&s=${encodeURIComponent(join(rig.folder, 'store'))}`;

const serveStore = (rig: Rig, ...words: string[]): Promise<Served> =>
  serve(rig, ['download', 'server', '--port', '0', '--root', 'store', ...words]);

/** A file that is larger than what the system takes for a reader that does not read. */
function writeLarge(rig: Rig, path: string, sizeBytes = 64 * MIB): Buffer {
  const bytes = Buffer.alloc(sizeBytes);
  for (let at = 0; at < sizeBytes; at += 4) bytes.writeUInt32LE(at, at);
  mkdirSync(join(rig.folder, 'store'), { recursive: true });
  writeFileSync(join(rig.folder, path), bytes);
  return bytes;
}

/** A download that has begun, and of which nothing more is read until somebody does. */
async function begin(url: string): Promise<IncomingMessage> {
  const sent = request(url, { agent: false });
  sent.end();
  const [response] = await once(sent, 'response');
  response.pause();
  return response;
}

async function sizeOf(response: IncomingMessage): Promise<number> {
  let size = 0;
  for await (const chunk of response) size += chunk.length;
  return size;
}

describe.concurrent('runner-download server', () => {
  it('serves as the original does: on a port of the environment, on every address, with its words', async () => {
    await using rig = rigWithFiles();
    const { url, log } = await onFreePort((free) => {
      const environment = {
        PORT: String(free),
        WERCKER_RUNNER_STOREPATH: join(rig.folder, 'store'),
        MY_POD_NAME: 'downloads-7f9',
        MY_POD_IP: '10.1.2.3',
      };
      return serve(rig, ['--debug', 'server'], { program: 'runner-download', environment });
    });
    const port = Number(new URL(url).port);
    expect(log()[0]).toMatchObject({
      level: 'info',
      msg: `serving downloads on port ${port}, HTTP`,
      port,
      protocol: 'HTTP',
      podName: 'downloads-7f9',
      podIp: '10.1.2.3',
      roots: [join(rig.folder, 'store')],
    });
    const { status, text, headers } = await ask(url, local(rig, OUTPUT));
    expect({ status, text }).toEqual({ status: 200, text: 'hello' });
    expect(headers).toMatchObject({
      'content-type': 'binary/octet-stream',
      'content-disposition': 'attachment; filename="output.tar"',
      'accept-ranges': 'bytes',
      'content-length': '5',
    });
    expect(await ask(url, '/anything')).toMatchObject({
      status: 404,
      text: 'Download URL is incorrect, 404 not found\n',
    });
    await expect
      .poll(log)
      .toContainEqual(
        expect.objectContaining({ level: 'debug', msg: 'a download ended', sentBytes: 5, end: 'complete' }),
      );
  });

  it('takes its port as a flag, one dash or two, and says no line more than it was asked for', async () => {
    await using rig = rigWithFiles();
    const ports: number[] = [];
    const { url, log } = await onFreePort((port) => {
      ports.push(port);
      const words = ['server', `-port=${port}`, '--root', 'store', '--host', '127.0.0.1'];
      return serve(rig, words, { program: 'runner-download' });
    });
    expect(url).toBe(`http://127.0.0.1:${ports.at(-1)}`);
    await ask(url, local(rig, OUTPUT));
    await ask(url, '/healthz');
    await vi.waitFor(
      () => expect(log().map(({ msg }) => msg)).toEqual([expect.any(String), 'request']),
      PATIENT,
    );
  });

  it('has help, a manual and completion under its own name', async () => {
    await using rig = createRig();
    const run = (...words: string[]) => rig.run(words, { program: 'runner-download' });
    expect((await run('--help')).stdout).toContain('runner-download serves artifacts for download.');
    expect((await run('server', '--help')).stdout).toContain('--certfile FILE');
    expect((await run('help', 'server')).stdout).not.toContain('slipway');
    expect((await run('--version')).stdout).toMatch(/^runner-download version \d/);
    expect((await run('man', 'server')).stdout).toMatch(/^\.TH "RUNNER\\-DOWNLOAD\\-SERVER"/);
    const script = (await run('completion', 'bash')).stdout;
    const asked = `${script}\nCOMP_WORDS=(runner-download server --cert); COMP_CWORD=2; _runner_download; echo "\${COMPREPLY[@]}"`;
    expect(spawnSync('bash', ['-c', asked], { encoding: 'utf8' }).stdout).toBe('--certfile\n');
    for (const shell of ['zsh', 'fish']) {
      const { stdout } = await run('completion', shell);
      expect(stdout).toContain('runner-download');
      expect(stdout).not.toMatch(/-c slipway|_slipway_server|compdef .*slipway/);
    }
    expect(await run('build')).toMatchObject({ exitCode: 3 });
  });

  it.each([
    [['--port', '0'], 'invalid port number "0": expected 1 to 65535'],
    [['--port', '65536'], 'invalid port number "65536": expected 1 to 65535'],
    [['--port', '80a'], 'invalid port number "80a": expected 1 to 65535'],
    [['--port', '-1'], 'invalid port number "-1": expected 1 to 65535'],
    [['--certfile', 'c.pem'], '--certfile is given without --keyfile: HTTPS needs both, HTTP neither'],
    [['--keyfile', 'k.pem'], '--keyfile is given without --certfile: HTTPS needs both, HTTP neither'],
    [['--drain-timeout', 'soon'], '--drain-timeout: expected a time such as 90s'],
    [['--public'], 'unknown flag: --public'],
  ])('does not start with %j', async (words, sentence) => {
    await using rig = createRig();
    const { exitCode, stderr } = await rig.run(['server', ...words], { program: 'runner-download' });
    expect(stderr).toContain(`runner-download: ${sentence}`);
    expect(exitCode).toBe(2);
  });
});

describe.concurrent('slipway download server', () => {
  it('serves this machine alone, from a folder of the data folder, where nothing else is said', async () => {
    await using rig = createRig();
    const { url, log } = await serve(rig, ['download', 'server', '--port', '0']);
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    const root = join(rig.dataFolder, 'downloads');
    expect(log()[0]).toMatchObject({ roots: [root] });
    const path = `${PATH}?a=x&s=${root}`;
    expect(await ask(url, path)).toMatchObject({ status: 404 });
    mkdirSync(root, { recursive: true });
    writeFileSync(join(root, 'x'), 'there now');
    expect(await ask(url, path)).toMatchObject({ status: 200, text: 'there now' });
  });

  it('serves several roots, and nothing else of the machine', async () => {
    await using rig = rigWithFiles();
    rig.write('other/file', 'other');
    const { url } = await serveStore(rig, '--root', 'other');
    expect(await ask(url, `${PATH}?a=file&s=${join(rig.folder, 'other')}`)).toMatchObject({ text: 'other' });
    expect(await ask(url, local(rig, OUTPUT))).toMatchObject({ text: 'hello' });
    const hostile = [
      `a=passwd&s=/etc`,
      `a=etc/passwd&s=/`,
      `a=secret&s=${rig.folder}`,
      `a=../secret&s=${rig.folder}/store`,
      `a=..%2fsecret&s=${rig.folder}/store`,
      `a=%2e%2e%2fsecret&s=${rig.folder}/store`,
      `a=..%252fsecret&s=${rig.folder}/store`,
      `a=${rig.folder}/secret&s=${rig.folder}/store`,
      `a=link&s=${rig.folder}/store`,
      `a=secret&s=${rig.folder}/store/..`,
      `a=secret&s=${rig.folder}/store/../../..${rig.folder}`,
      `a=x%00y&s=${rig.folder}/store`,
      `a=x&s=${rig.folder}/store%00`,
      `a=self/environ&s=/proc`,
      `a=environ&s=/proc/self`,
    ];
    for (const query of hostile)
      expect(await ask(url, `${PATH}?${query}`), query).toMatchObject({
        status: 404,
        text: 'there is no such artifact\n',
      });
  });

  it('does not start where its own keys could be downloaded', async () => {
    await using rig = rigWithFiles();
    rig.write('store/keys/link.key', `${'A'.repeat(43)}\n`);
    symlinkSync(join(rig.folder, 'store'), join(rig.folder, 'elsewhere'));
    const words = ['download', 'server', '--port', '0', '--require-signed', '--link-key-file'];
    for (const [file, root] of [
      ['store/keys/link.key', 'store'],
      ['store/keys/link.key', 'elsewhere/keys'],
      ['elsewhere/keys/link.key', '.'],
    ] as const) {
      const { exitCode, stderr } = await rig.run([...words, file, '--root', root]);
      expect({ exitCode, stderr }).toEqual({
        exitCode: 1,
        stderr: expect.stringMatching(/secret, and is below/),
      });
    }
  });

  it('gives a name with anything in it as it is, and keeps it out of the headers', async () => {
    await using rig = rigWithFiles();
    const { url } = await serveStore(rig);
    const { status, text, headers } = await ask(url, local(rig, 'a b/ü"\\\r\nx: y.txt'));
    expect({ status, text }).toEqual({ status: 200, text: 'odd' });
    expect(headers).not.toHaveProperty('x');
  });

  it('resumes a download with curl', async () => {
    await using rig = createRig();
    const bytes = writeLarge(rig, 'store/large', 3 * MIB);
    const { url } = await serveStore(rig);
    rig.write('partial', bytes.subarray(0, MIB + 7));
    const curl = spawn('curl', [
      '-sS',
      '-f',
      '-C',
      '-',
      '-o',
      join(rig.folder, 'partial'),
      url + local(rig, 'large'),
    ]);
    const [status] = await once(curl, 'close');
    expect(status).toBe(0);
    expect(readFileSync(join(rig.folder, 'partial')).equals(bytes)).toBe(true);
    const metrics = (await ask(url, '/metrics')).text;
    expect(metrics).toContain(`slipway_download_bytes_total{source="file"} ${2 * MIB - 7}`);
  });

  it('cuts a download off whose file becomes shorter, and serves on', async () => {
    await using rig = createRig();
    writeLarge(rig, 'store/large');
    const { url, log } = await serveStore(rig);
    const response = await begin(url + local(rig, 'large'));
    truncateSync(join(rig.folder, 'store/large'), MIB);
    await expect(sizeOf(response)).rejects.toThrow('aborted');
    const line = { level: 'error', msg: 'a download ended too early' };
    const err = expect.objectContaining({ code: 'TRUNCATED' });
    await vi.waitFor(() => expect(log()).toContainEqual(expect.objectContaining({ ...line, err })), PATIENT);
    expect(await ask(url, '/healthz')).toMatchObject({ status: 200 });
  });

  it('does not mind a client that leaves', async () => {
    await using rig = createRig();
    writeLarge(rig, 'store/large');
    const { url } = await serveStore(rig);
    const response = await begin(url + local(rig, 'large'));
    response.destroy();
    const metrics = async () => (await ask(url, '/metrics')).text;
    const cut = 'slipway_downloads_total{source="file",outcome="cut"} 1';
    await vi.waitFor(async () => expect(await metrics()).toContain(cut), PATIENT);
    expect(await metrics()).toContain('slipway_downloads_active{source="file"} 0');
  });

  it('lets nothing through without a signed link or a token, where that is required', async () => {
    await using rig = rigWithFiles();
    const { url } = await serveStore(rig, '--require-signed', '--token', 'the token');
    expect(await ask(url, local(rig, OUTPUT))).toMatchObject({ status: 401 });
    expect(await ask(url, `${local(rig, OUTPUT)}&expires=9999999999&signature=x`)).toMatchObject({
      status: 403,
    });
  });

  it('lets through what is signed with the key that it made, and what is below it', async () => {
    await using rig = rigWithFiles();
    const { url } = await serveStore(rig, '--require-signed');
    const keys = await readLinkKeys(join(rig.dataFolder, 'link.key'));
    const signed = (artifact: string, expiresAt: number): string => {
      const folder = join(rig.folder, 'store');
      const resource = artifactResource({ artifact, folder, tenancy: undefined, path: undefined });
      const { expires, signature } = signLink({ resource, expiresAt, keys });
      return `${local(rig, OUTPUT)}&expires=${expires}&signature=${signature}`;
    };
    const hour = 3_600_000;
    expect(await ask(url, signed(OUTPUT, Date.now() + hour))).toMatchObject({ status: 200, text: 'hello' });
    expect(await ask(url, signed('bucket', Date.now() + hour))).toMatchObject({ status: 200, text: 'hello' });
    expect(await ask(url, signed('other', Date.now() + hour))).toMatchObject({ status: 403 });
    expect(await ask(url, signed(OUTPUT, Date.now() - hour))).toMatchObject({
      status: 403,
      text: 'the link has expired: ask for a new one\n',
    });
  });

  it('logs words where people read them', async () => {
    await using rig = createRig();
    const running = rig.startAtTerminal(['download', 'server', '--port', '0']);
    await running.waitFor(/Z info {2}serving downloads on port \d+, HTTP port=\d+ protocol=HTTP url=http:/);
  });

  it('keeps queries and tokens out of its log', async () => {
    await using rig = rigWithFiles();
    const { url, log } = await serveStore(rig, '--debug', '--token', 'shown-once');
    const headers = { authorization: 'Bearer shown-once' };
    await ask(url, `${local(rig, OUTPUT)}&expires=1&signature=hidden-signature`, { headers });
    await vi.waitFor(() => expect(log().map(({ msg }) => msg)).toContain('a download ended'), PATIENT);
    expect(JSON.stringify(log())).not.toMatch(/hidden-signature|shown-once/);
  });

  it.each([
    [['--root', 'none'], /the root \S+\/none is no folder/],
    [['--root', 'file'], /the root \S+\/file is no folder/],
    [
      ['--host', '192.0.2.7'],
      /cannot listen on 192\.0\.2\.7 port 0: this machine does not have that address/,
    ],
    [['--certfile', 'none', '--keyfile', 'none'], /cannot read the certificate \S+\/none \(ENOENT\)/],
    [['--certfile', 'file', '--keyfile', 'file'], /file is no certificate/],
    [
      ['--certfile', tls('server', 'crt'), '--keyfile', tls('renewed', 'key')],
      /renewed\.key does not belong to the certificate in \S+server\.crt/,
    ],
  ])('says in a sentence why it does not start with %j', async (words, sentence) => {
    await using rig = createRig();
    rig.write('file', 'x');
    const { exitCode, stderr } = await rig.run(['download', 'server', '--port', '0', ...words]);
    expect(stderr).toMatch(sentence);
    expect(stderr).not.toMatch(/\n\s+at /);
    expect(exitCode).toBe(1);
  });

  it('says that its port is taken', async () => {
    await using rig = createRig();
    const { url } = await serve(rig, ['download', 'server', '--port', '0']);
    const { port } = new URL(url);
    const { exitCode, stderr } = await rig.run(['download', 'server', '--port', port]);
    expect(stderr).toContain(`cannot listen on 127.0.0.1 port ${port}: another program listens there`);
    expect(exitCode).toBe(1);
  });
});

describe.concurrent('a download server with a certificate', () => {
  it('serves HTTPS, told by the variables of the original, and reads the files again after SIGHUP', async () => {
    await using rig = rigWithFiles();
    for (const ending of ['crt', 'key'] as const)
      copyFileSync(tls('server', ending), join(rig.folder, `tls.${ending}`));
    const { url, log, running } = await onFreePort((port) => {
      const environment = {
        PORT: String(port),
        CERT_PEM_FILEFILE: join(rig.folder, 'tls.crt'),
        KEY_PEM_FILE: join(rig.folder, 'tls.key'),
      };
      const words = ['server', '--root', 'store', '--host', '127.0.0.1'];
      return serve(rig, words, { program: 'runner-download', environment });
    });
    expect(log()[0]).toMatchObject({ msg: expect.stringMatching(/HTTPS$/), protocol: 'HTTPS' });
    const trusting = (name: string) => ({ ca: readFileSync(tls(name, 'crt'), 'utf8') });
    expect(await ask(url, local(rig, OUTPUT), trusting('server'))).toMatchObject({ text: 'hello' });

    copyFileSync(tls('renewed', 'crt'), join(rig.folder, 'tls.crt'));
    running.process.kill('SIGHUP');
    await running.waitFor('the certificate stays as it was');
    expect(await ask(url, local(rig, OUTPUT), trusting('server'))).toMatchObject({ text: 'hello' });
    copyFileSync(tls('renewed', 'key'), join(rig.folder, 'tls.key'));
    running.process.kill('SIGHUP');
    await running.waitFor('new connections have the certificate');
    expect(await ask(url, local(rig, OUTPUT), trusting('renewed'))).toMatchObject({ text: 'hello' });
    await expect(ask(url, local(rig, OUTPUT), trusting('server'))).rejects.toThrow(/certificate/);
  });
});

describe.concurrent('a download server that is told to stop', () => {
  async function slowDownload(rig: Rig, ...words: string[]) {
    const { length } = writeLarge(rig, 'store/large');
    const served = await serveStore(rig, ...words);
    const response = await begin(served.url + local(rig, 'large'));
    return { ...served, response, length };
  }

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'goes on after SIGHUP, as behind nohup, lets a slow download end after %s, and is gone then',
    async (signal) => {
      await using rig = createRig();
      const { url, running, response, length } = await slowDownload(rig);
      running.process.kill('SIGHUP');
      await running.waitFor('SIGHUP changes nothing');
      expect(await ask(url, '/healthz')).toMatchObject({ status: 200 });
      running.process.kill(signal);
      await running.waitFor('stopping when what goes on has ended');
      // Refused, or reset where it came in the moment in which the server stopped to listen.
      await expect(ask(url, '/healthz')).rejects.toThrow(/ECONNREFUSED|ECONNRESET/);
      expect(await sizeOf(response)).toBe(length);
      expect(await running.finished).toMatchObject({ exitCode: 0 });
    },
  );

  it('cuts downloads off at the second signal', async () => {
    await using rig = createRig();
    const { running, response, log } = await slowDownload(rig);
    running.process.kill('SIGTERM');
    await running.waitFor('stopping when what goes on has ended');
    running.process.kill('SIGTERM');
    await expect(sizeOf(response)).rejects.toThrow('aborted');
    expect(await running.finished).toMatchObject({ exitCode: 0 });
    expect(log()).toContainEqual(expect.objectContaining({ msg: 'stopped', cut: 1 }));
  });

  it('cuts downloads off when their time is over', async () => {
    await using rig = createRig();
    const { running, response } = await slowDownload(rig, '--drain-timeout', '1s');
    running.process.kill('SIGTERM');
    expect(await running.finished).toMatchObject({ exitCode: 0 });
    await expect(sizeOf(response)).rejects.toThrow('aborted');
  });

  it('ends at once when nothing goes on', async () => {
    await using rig = rigWithFiles();
    const { url, running } = await serveStore(rig);
    await ask(url, local(rig, OUTPUT));
    running.process.kill('SIGTERM');
    expect(await running.finished).toMatchObject({ exitCode: 0 });
  });
});

describe('a download server with ten thousand connections', () => {
  async function connectAll(url: string, count: number): Promise<Socket[]> {
    const { port, hostname } = new URL(url);
    const sockets: Socket[] = [];
    for (let at = 0; at < count; at += 500) {
      const some = Array.from({ length: 500 }, () => connect(Number(port), hostname));
      for (const socket of some) socket.on('error', () => undefined); // a server may close what is too much
      await Promise.all(some.map((socket) => once(socket, 'connect')));
      sockets.push(...some);
    }
    return sockets;
  }

  async function answerOn(socket: Socket, path: string): Promise<string> {
    socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    let text = '';
    for await (const chunk of socket) text += chunk;
    return text;
  }

  it('answers on them and on others, and serves on when they are gone', async () => {
    await using rig = rigWithFiles();
    const { url, running } = await serveStore(rig);
    // A machine that lets a process have fewer files is asked for what it can do.
    const sockets = await connectAll(url, Math.min(10_000, Math.floor(openFileLimit() * 0.6)));
    try {
      const first = sockets[0];
      if (first === undefined) throw new Error('no connection');
      expect(await answerOn(first, local(rig, OUTPUT))).toMatch(/^HTTP\/1\.1 200 OK[\s\S]*hello$/);
      expect(await ask(url, local(rig, OUTPUT))).toMatchObject({ status: 200, text: 'hello' });
      const status = readFileSync(`/proc/${running.process.pid}/status`, 'utf8');
      expect(Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1024).toBeLessThan(500);
    } finally {
      for (const socket of sockets) socket.destroy();
    }
    await expect
      .poll(() => ask(url, '/healthz').catch(() => undefined), { timeout: 20_000 })
      .toMatchObject({
        status: 200,
      });
  });
});
