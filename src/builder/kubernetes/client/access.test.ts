import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kubeconfigOf, passes } from '../testing/rig.ts';
import { openStandIn } from '../testing/stand-in.ts';
import { KubernetesApi } from './api.ts';
import { type FindAccessOptions, findAccess } from './find-access.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-access-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const write = (name: string, content: unknown): string => {
  const file = join(folder, name);
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content), { mode: 0o755 });
  return file;
};
const find = async (options: Partial<FindAccessOptions> = {}) =>
  await findAccess({
    environment: {},
    now: Date.now,
    serviceAccountFolder: join(folder, 'none'),
    ...options,
  });
const versionOf = async (options: Partial<FindAccessOptions>) => {
  await using api = new KubernetesApi(await find(options));
  return await api.call({ method: 'GET', path: '/version', doing: 'ask for the version' });
};
const withUser = (url: string, user: object): object => ({
  ...JSON.parse(kubeconfigOf(url)),
  users: [{ name: 'test', user }],
});
const V = expect.objectContaining({ gitVersion: 'v1.20.2-stand-in' });

describe('a cluster is reached', () => {
  it('with a token that is written down, or in a file', async () => {
    await using standIn = await openStandIn({ executor: passes, token: 'the-token' });
    write('token', 'the-token\n');
    for (const user of [{ token: 'the-token' }, { tokenFile: 'token' }])
      await expect(versionOf({ kubeconfig: write('config', withUser(standIn.url, user)) })).resolves.toEqual(
        V,
      );
  });

  it('with what a program says, which is asked again when it was refused', async () => {
    await using standIn = await openStandIn({ executor: passes, token: 'second' });
    const credential = (token: string): string =>
      JSON.stringify({
        apiVersion: 'client.authentication.k8s.io/v1',
        kind: 'ExecCredential',
        status: { token },
      });
    write(
      'plugin',
      `#!/bin/sh\ncase "$KUBERNETES_EXEC_INFO" in *ExecCredential*) ;; *) exit 1 ;; esac\n[ "$WORD" = "a word" ] || exit 1\nif [ -e "$1" ]; then echo '${credential('second')}'; else : > "$1"; echo '${credential('first')}'; fi\n`,
    );
    const exec = {
      apiVersion: 'client.authentication.k8s.io/v1',
      command: './plugin',
      args: [join(folder, 'was-asked')],
      env: [{ name: 'WORD', value: 'a word' }],
    };
    const environment = { KUBECONFIG: write('config', withUser(standIn.url, { exec })) };
    await expect(versionOf({ environment })).resolves.toEqual(V);
  });

  it('over TLS with the authority of the cluster, and not without it', async () => {
    const read = (name: string): string =>
      readFileSync(join(import.meta.dirname, '../../../../test/support/tls', name), 'utf8');
    const tls = { cert: read('server.crt'), key: read('server.key') };
    await using standIn = await openStandIn({ executor: passes, tls });
    const url = standIn.url.replace('127.0.0.1', 'localhost');
    await expect(versionOf({ kubeconfig: write('config', kubeconfigOf(url, { tls })) })).resolves.toEqual(V);
    await using api = new KubernetesApi(await find({ kubeconfig: write('config', kubeconfigOf(url)) }));
    const signal = AbortSignal.timeout(20_000);
    await expect(api.stream({ method: 'GET', path: '/version', doing: 'ask', signal })).rejects.toMatchObject(
      {
        code: 'UNREACHABLE',
        message: expect.stringMatching(/: \w*CERT\w*$/),
      },
    );
  });

  it('as the pod that this runs in', async () => {
    await using standIn = await openStandIn({ executor: passes, token: 'of-the-pod' });
    for (const [name, text] of [
      ['token', 'of-the-pod'],
      ['ca.crt', 'none'],
      ['namespace', 'nuvolaris\n'],
    ] as const)
      write(name, text);
    const { hostname, port } = new URL(standIn.url);
    const environment = { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port };
    const access = await find({ environment, serviceAccountFolder: folder });
    expect(access).toMatchObject({
      server: `https://${hostname}:${port}`,
      namespace: 'nuvolaris',
      ca: 'none',
    });
    expect((await access.identity.current()).headers).toEqual({ authorization: 'Bearer of-the-pod' });
  });

  it('by several files, of which the first that says something wins', async () => {
    await using standIn = await openStandIn({ executor: passes });
    const { users: _, ...first } = withUser(standIn.url, {}) as Record<string, unknown>;
    const files = [
      write('one', first),
      write('two', { users: [{ name: 'test', user: {} }], 'current-context': 'other' }),
    ];
    await expect(versionOf({ environment: { KUBECONFIG: files.join(':') } })).resolves.toEqual(V);
  });

  it.each([
    ['no context of that name', { context: 'absent' }, {}, 'has no context "absent"'],
    ['an auth provider', {}, { 'auth-provider': { name: 'gcp' } }, '"auth-provider" is not supported'],
    ['another user', {}, { as: 'root' }, '"as" is not supported'],
    ['a program that fails', {}, { exec: { apiVersion: 'v1', command: 'false' } }, 'false, the kubeconfig'],
    ['a key that is not there', {}, { 'client-key': 'absent.pem' }, 'the client key cannot be read'],
  ])('not with %s, and the message says so', async (_, options, user, words) => {
    const kubeconfig = write('config', withUser('http://127.0.0.1:1', user));
    await expect(versionOf({ kubeconfig, ...options })).rejects.toThrow(words);
  });

  it('not where nothing says which, or where a file is none', async () => {
    await expect(find()).rejects.toThrow('no cluster is known');
    await expect(find({ kubeconfig: write('config', 'a: [') })).rejects.toThrow('is not a kubeconfig');
    await expect(find({ kubeconfig: join(folder, 'absent') })).rejects.toThrow(
      'the kubeconfig cannot be read',
    );
  });
});

describe('a call', () => {
  it('is made again where the server is busy, and says what it was for where it stays so', async () => {
    await using standIn = await openStandIn({ executor: passes });
    const kubeconfig = write('config', withUser(standIn.url, {}));
    standIn.failNext(503, 1);
    await expect(versionOf({ kubeconfig })).resolves.toEqual(V);
    standIn.failNext(400, 1);
    await expect(versionOf({ kubeconfig })).rejects.toThrow(
      /^cannot ask for the version: the stand-in was told to fail \(400\)$/,
    );
  });
});
