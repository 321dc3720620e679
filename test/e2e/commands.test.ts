import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, statSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createRig, type Rig } from '../support/rig.ts';

const PROGRAM = new URL('../../bin/slipway', import.meta.url).pathname;

interface Session {
  readonly exitCode: number | null;
  readonly text: string;
}

/** Runs the program on a terminal of its own, and types each answer when its question has come. */
async function onTerminal(
  rig: Rig,
  command: string,
  answers: readonly (readonly [string, string])[],
): Promise<Session> {
  const child = spawn('script', ['-qfec', `${PROGRAM} ${command}`, '/dev/null'], {
    cwd: rig.folder,
    env: { PATH: process.env['PATH'], HOME: rig.folder, XDG_CACHE_HOME: tmpdir(), TERM: 'xterm' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const open = [...answers];
  let text = '';
  let seen = 0;
  child.stdout.setEncoding('utf8').on('data', (piece: string) => {
    text += piece;
    const [next] = open;
    const at = next === undefined ? -1 : text.indexOf(next[0], seen);
    if (next === undefined || at < 0) return;
    seen = at + next[0].length;
    open.shift();
    child.stdin.write(next[1]);
  });
  const [exitCode] = (await once(child, 'close')) as [number | null]; // what the event is documented to carry
  return { exitCode, text };
}

interface TokenServer extends AsyncDisposable {
  readonly url: string;
  readonly seen: { readonly headers: IncomingMessage['headers']; readonly body: string }[];
}

async function startTokenServer(answer: (response: ServerResponse) => void): Promise<TokenServer> {
  const seen: TokenServer['seen'] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (piece: Buffer) => {
      body += piece.toString();
    });
    request.on('end', () => {
      seen.push({ headers: request.headers, body: `${request.method} ${request.url} ${body}` });
      answer(response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // a server on a port has an address of this kind
  return {
    url: `http://127.0.0.1:${port}`,
    seen,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const ANSWERS = [
  ['Username: ', 'ann\r'],
  ['Password: ', 'pass\u007fs\u001b[A:wörd\r'],
  ['Sessions name', '\r'],
] as const;

describe('login and logout', () => {
  it('exchange name and password for a token that only its owner can read, and forget it', async () => {
    await using rig = createRig();
    await using server = await startTokenServer((response) => response.end('{"token": " t0ken\\n"}'));
    const { exitCode, text } = await onTerminal(rig, `login --base-url ${server.url}/`, ANSWERS);
    expect(text).toContain(`Saving token to: ${rig.folder}/.wercker/token`);
    expect(text).not.toContain('wörd');
    expect(exitCode).toBe(0);
    const [call] = server.seen;
    expect(call?.body).toMatch(/^POST \/api\/v3\/tokens \{"name":"werckercli-.+"\}$/);
    expect(call?.headers['authorization']).toBe(`Basic ${Buffer.from('ann:pass:wörd').toString('base64')}`);
    expect(call?.headers['x-wercker-version']).toMatch(/^\d+\.\d+/);
    expect(rig.read('.wercker/token')).toBe('t0ken');
    expect(statSync(join(rig.folder, '.wercker/token')).mode & 0o777).toBe(0o600);
    expect(statSync(join(rig.folder, '.wercker')).mode & 0o777).toBe(0o700);
    expect(readdirSync(join(rig.folder, '.wercker'))).toEqual(['token']);
    for (const _ of [1, 2])
      expect(await rig.run(['logout'])).toMatchObject({ exitCode: 0, stderr: 'Logging out\n' });
    expect(rig.exists('.wercker/token')).toBe(false);
  });

  it.each<[string, (response: ServerResponse) => void, string]>([
    ['a refusal', (response) => response.writeHead(401).end('pass:word'), 'answered 401: check the name'],
    ['a page', (response) => response.end('<html>'), 'holds no token'],
    ['a token with a line break in it', (response) => response.end('{"token":"a\\nb"}'), 'holds no token'],
    ['a redirect', (response) => response.writeHead(302, { location: '/x' }).end(), 'answered 302'],
  ])('end with a sentence after %s', async (_name, answer, sentence) => {
    await using rig = createRig();
    await using server = await startTokenServer(answer);
    const { exitCode, text } = await onTerminal(rig, `login --base-url ${server.url}`, ANSWERS);
    expect(text).toContain('Unable to log into wercker: ');
    expect(text).toContain(sentence);
    expect(text).not.toContain('wörd');
    expect(exitCode).toBe(1);
    expect(rig.exists('.wercker/token')).toBe(false);
  });

  it.each([
    ['an empty password', '\r', 'Password required'],
    ['Ctrl-C', '\u0003', 'Password required'],
  ])('stop after %s', async (_name, keys, sentence) => {
    await using rig = createRig();
    const questions = [['Username: ', 'ann\r'] as const, ['Password: ', keys] as const];
    const { exitCode, text } = await onTerminal(rig, 'login --base-url http://127.0.0.1:9', questions);
    expect(text).toContain(sentence);
    expect(exitCode).toBe(1);
  });

  it('need a terminal, and send no password in the clear', async () => {
    await using rig = createRig();
    expect((await rig.run(['login'])).stderr).toContain('needs a terminal');
    const { text } = await onTerminal(rig, 'login --base-url http://slipway.example.com', ANSWERS);
    expect(text).toContain('is not encrypted');
  });

  it('say that the service is gone, and what a token is still good for', async () => {
    await using rig = createRig();
    const { exitCode, text } = await onTerminal(rig, 'login --base-url https://none.wercker.com', ANSWERS);
    expect(text).toContain('the wercker service is gone');
    expect(text).toContain('a step registry of your own');
    expect(exitCode).toBe(1);
  });
});

const FAKE_DOCKER = `#!/bin/sh
echo "words: $*"
cat "$DOCKER_CONFIG/config.json"
ls -l "$DOCKER_CONFIG" | grep -c contexts
echo "$DOCKER_CONFIG" >where
stat -c %a "$DOCKER_CONFIG" "$DOCKER_CONFIG/config.json"
exit 7
`;

describe('docker', () => {
  const withFake = (rig: Rig): Record<string, string> => {
    rig.write('bin/docker', FAKE_DOCKER, 0o755);
    return { PATH: `${rig.folder}/bin:${process.env['PATH']}` };
  };

  it('gets every word, the token for one registry beside the settings that are there, and keeps its exit code', async () => {
    await using rig = createRig();
    const own = '{"auths":{"example.com":{"auth":"eA=="}},"credsStore":"desktop"}';
    rig.write('.docker/config.json', own);
    rig.write('.docker/contexts/meta/x', '');
    const words = ['--auth-token', 't0ken', '--wercker-container-registry', 'https://r.example.com/v2/'];
    const environment = withFake(rig);
    const { exitCode, stdout } = await rig.run([...words, 'docker', 'run', '--rm', '-e', 'A=b', '--help'], {
      environment,
    });
    expect(stdout).toContain('words: run --rm -e A=b --help\n');
    const config = JSON.parse(stdout.split('\n')[1]?.replace(/\}\d+$/, '}') ?? '') as unknown;
    expect(config).toMatchObject({
      auths: {
        'example.com': { auth: 'eA==' },
        'https://r.example.com/v2/': { auth: Buffer.from('token:t0ken').toString('base64') },
      },
      credHelpers: { 'r.example.com': '' },
    });
    expect(stdout).toMatch(/700\n600\n$/);
    expect(exitCode).toBe(7);
    expect(rig.read('.docker/config.json')).toBe(own);
    expect(readdirSync(tmpdir())).not.toContain(rig.read('where').trim().split('/').at(-1));
  });

  it('needs a token, a configuration that can be read, and docker', async () => {
    await using rig = createRig();
    const none = await rig.run(['docker', 'ps'], { environment: withFake(rig) });
    expect(none.stderr).toBe('wercker auth token could not be found, please run wercker login\n');
    expect(none.exitCode).toBe(1);
    rig.write('.wercker/token', 't0ken\n');
    rig.write('.docker/config.json', '[');
    const broken = await rig.run(['docker', 'ps'], { environment: withFake(rig) });
    expect(broken.stderr).toContain('.docker/config.json is no JSON object');
    expect(broken.exitCode).toBe(1);
  });
});

describe('commands of what is gone or not there yet', () => {
  it.each([
    [['pull'], 1, 'Pull requires the application ID or the build ID as the only argument'],
    [['pull', 'a/b', '--output', 'x.tar', '-f'], 1, 'the wercker service, which kept the containers'],
    [['runner', 'start', '--group', 'x'], 2, 'which pipelines? --all takes every one of the queue'],
    [['runner', 'start', '--all', '--apps', 'x'], 2, '--all and --apps exclude each other'],
    [['runner', 'stop'], 1, 'There are no runners to terminate'],
    [['task', 'status', 'x'], 2, 'expected the id of a task, 22 letters, digits, - and _, found "x"'],
    [['task', 'create'], 2, '--payload FILE or --image IMAGE says what to run'],
    [['cache'], 2, 'Run slipway cache --help to see what there is.'],
    [['cache', 'lst'], 3, 'Run slipway cache --help to see what there is.'],
    [['runner', 'stat'], 3, 'unknown command "runner stat" (did you mean "start"?)'],
    [['runner'], 2, 'runner needs one more word: start, stop, status, configure'],
    [['step', 'publsh'], 3, 'unknown command "step publsh" (did you mean "publish"?)'],
    [['build', '--store-oci'], 2, '--store-oci: set WERCKER_OCI_TENANCY_OCID'],
    [['build', '--store-s3'], 2, '--store-s3: which bucket? Name it with --s3-bucket NAME'],
    [['build', '--guest-root', '/x'], 2, '--guest-root: the folder is always /pipeline here'],
    [['step', 'serve', '--port', 'http'], 2, '--port: expected a number'],
    [['step', 'serve', '--host', '192.0.2.1', '--folder', 'r'], 1, 'on 192.0.2.1 port 8081'],
  ])('%j ends with %i and a sentence', async (words, code, sentence) => {
    await using rig = createRig();
    const { exitCode, stderr } = await rig.run(words);
    expect(stderr).toContain(sentence);
    expect(exitCode).toBe(code);
  });

  it('are beside flags that are taken as ever', async () => {
    await using rig = createRig('box: x\n');
    const flags = [
      '--journal',
      '--wercker-endpoint',
      'x',
      '--mnt-root',
      '/m',
      '--aws-region',
      'x',
      '--workflows-in-yml',
    ];
    expect((await rig.run(['check-config', ...flags])).exitCode).toBe(0);
    expect((await rig.run(['version', '--beta', '--no-update-check'])).exitCode).toBe(0);
    expect(JSON.parse((await rig.run(['--log-json', 'version'])).stdout)).toHaveProperty('version');
  });
});

describe('doc', () => {
  it('writes a page for the program and for every command, or prints them', async () => {
    await using rig = createRig();
    const { exitCode, stderr } = await rig.run(['doc']);
    expect(stderr).toMatch(/^Wrote \d+ pages to Documentation\/command\n$/);
    expect(exitCode).toBe(0);
    const page = rig.read('Documentation/command/step-publish.adoc');
    expect(page).toMatch(/^= slipway step publish\n/);
    expect(page).toContain('+--owner NAME+::');
    expect(rig.read('Documentation/command/slipway.adoc')).toContain('+build+::');
    expect((await rig.run(['doc', '--debug'])).stdout).toContain(page);
  });
});
