import { describe, expect, it } from 'vitest';
import { listen, NAMESPACE, openBackendRig, passes, workOf } from './testing/rig.ts';
import type { StandIn } from './testing/stand-in.ts';

const dockerConfig = (auths: Readonly<Record<string, object>>): string =>
  Buffer.from(JSON.stringify({ auths })).toString('base64');
const AUTH = { auth: Buffer.from('pusher:a:word').toString('base64') };

function addSecret(
  standIn: StandIn,
  name: string,
  { auths, labels = {} }: { readonly auths: Readonly<Record<string, object>>; readonly labels?: object },
): void {
  standIn.create('secrets', NAMESPACE, {
    metadata: { name, labels },
    type: 'kubernetes.io/dockerconfigjson',
    data: { '.dockerconfigjson': dockerConfig(auths) },
  });
}

const addConfig = (standIn: StandIn, annotations: Readonly<Record<string, string>>): void =>
  standIn.create('configmaps', NAMESPACE, { metadata: { name: 'config', annotations } });

describe('where images go', () => {
  it('is the service of the cluster where nobody says anything, over plain HTTP', async () => {
    await using rig = await openBackendRig();
    addSecret(rig.standIn, 'registry-pull-secret', { auths: { 'nuvolaris-registry-svc:5000': AUTH } });
    await expect(rig.backend.destination({}, 'alice')).resolves.toEqual({
      pushHost: 'nuvolaris-registry-svc:5000',
      pullHost: 'nuvolaris-registry-svc:5000',
      isPlainHttp: true,
      credentials: { username: 'pusher', password: 'a:word' },
      secretName: 'registry-pull-secret',
    });
  });

  it.each([
    ['the operator says', {}, {}, 'of-the-operator.example'],
    [
      'the user says, over the operator',
      {},
      { REGISTRY_HOST: 'of-the-user.example:5000' },
      'of-the-user.example:5000',
    ],
    [
      'the server says, over all',
      { registryHost: 'of-the-server.example' },
      { REGISTRY_HOST: 'of-the-user.example' },
      'of-the-server.example',
    ],
  ])('is what %s', async (_, settings, environment, host) => {
    await using rig = await openBackendRig({ settings });
    addConfig(rig.standIn, { registry_host: 'of-the-operator.example' });
    addSecret(rig.standIn, 'registry-pull-secret', { auths: { [host]: AUTH } });
    await expect(rig.backend.destination(environment, 'alice')).resolves.toMatchObject({
      pushHost: host,
      pullHost: host,
      isPlainHttp: false,
    });
  });

  it('may have another name for nodes than for builds, and then the login of either is good for it', async () => {
    await using rig = await openBackendRig();
    addConfig(rig.standIn, {
      registry_host: '127.0.0.1:32000',
      registry_push_host: 'nuvolaris-registry-svc:5000',
    });
    addSecret(rig.standIn, 'registry-pull-secret', { auths: { 'http://127.0.0.1:32000': AUTH } });
    const destination = await rig.backend.destination({}, 'alice');
    expect(destination).toEqual({
      pushHost: 'nuvolaris-registry-svc:5000',
      pullHost: '127.0.0.1:32000',
      isPlainHttp: true,
      credentials: { username: 'pusher', password: 'a:word' },
    });
  });

  it('is of the user as a whole or not at all, so that no login of the operator goes elsewhere', async () => {
    const evil = { REGISTRY_HOST: 'of-the-user.example' };
    for (const settings of [{ registryPullHost: 'r.example' }, { registryPushHost: 'r.example' }]) {
      await using rig = await openBackendRig({ settings });
      addSecret(rig.standIn, 'registry-pull-secret', { auths: { 'r.example': AUTH } });
      const { pushHost, pullHost, credentials } = await rig.backend.destination(evil, 'alice');
      const areUsers = [pushHost, pullHost].map((host) => host === evil.REGISTRY_HOST);
      expect(areUsers[0]).toBe(areUsers[1]);
      expect(areUsers[0] && credentials).toBeFalsy();
    }
  });

  it('is the user’s own registry only where no login of the operator is for it', async () => {
    await using rig = await openBackendRig();
    addSecret(rig.standIn, 'registry-pull-secret', { auths: { 'r.example': AUTH } });
    const isUsers = async (REGISTRY_HOST: string, secret = '') =>
      (await rig.backend.destination({ REGISTRY_HOST, REGISTRY_SECRET: secret }, 'alice')).isUsers ?? false;
    expect(await isUsers('r.example')).toBe(false);
    expect(await isUsers('r.example', 'registry-pull-secret')).toBe(false);
    expect(await isUsers('r.example', 'me:my word')).toBe(true);
    expect(await isUsers('other.example')).toBe(true);
  });

  it('of the user is reached without what else the operator’s Secret has', async () => {
    await using rig = await openBackendRig();
    addSecret(rig.standIn, 'registry-pull-secret', { auths: { 'r.example': AUTH, 'other.example': AUTH } });
    const there = await rig.backend.destination({ REGISTRY_HOST: 'r.example' }, 'alice');
    expect(there).toMatchObject({ credentials: { username: 'pusher' } });
    expect(there).not.toHaveProperty('secretName');
    const nowhere = await rig.backend.destination({ REGISTRY_HOST: 'hers.example' }, 'alice');
    expect(nowhere).toEqual({
      pushHost: 'hers.example',
      pullHost: 'hers.example',
      isPlainHttp: false,
      isUsers: true,
    });
  });

  it('is not the machine that asks where only the user says so', async () => {
    await using rig = await openBackendRig();
    const refused = rig.backend.destination({ REGISTRY_HOST: '127.0.0.1:6443' }, 'alice');
    await expect(refused).rejects.toMatchObject({
      reason: 'registry-refused',
      message: expect.stringContaining('only the operator can name'),
    });
  });

  it.each(['http://host', 'host/path', 'a b', 'user:password@host', '-x', 'host:99999999', 'a\nb', '$(id)'])(
    'is not %j, and that is not repeated',
    async (host) => {
      await using rig = await openBackendRig();
      const refused = rig.backend.destination({ REGISTRY_HOST: host }, 'alice');
      await expect(refused).rejects.toMatchObject({
        reason: 'registry-refused',
        message: 'REGISTRY_HOST is not HOST or HOST:PORT: leave out scheme and path',
      });
    },
  );
});

describe('the login for a registry', () => {
  it('is missed by the name of its Secret', async () => {
    await using rig = await openBackendRig();
    await expect(rig.backend.destination({}, 'alice')).rejects.toMatchObject({
      message: 'Secret registry-pull-secret is not configured!',
    });
  });

  it('is in a Secret that the operator gave to the user, or to all', async () => {
    await using rig = await openBackendRig({ settings: { registryHost: 'r.example' } });
    addSecret(rig.standIn, 'hers', {
      auths: { 'r.example': AUTH },
      labels: { 'slipway.dev/registry-user': 'alice' },
    });
    addSecret(rig.standIn, 'ours', {
      auths: { 'r.example': AUTH },
      labels: { 'slipway.dev/registry-user': 'all' },
    });
    for (const [secret, user] of [
      ['hers', 'alice'],
      ['ours', 'alice'],
      ['ours', 'bobby'],
    ] as const)
      await expect(rig.backend.destination({ REGISTRY_SECRET: secret }, user)).resolves.toMatchObject({
        secretName: secret,
      });
  });

  it.each(['hers', 'unlabelled', 'absent'])(
    'is in no Secret of others: %s looks like one that is not there',
    async (secret) => {
      await using rig = await openBackendRig();
      addSecret(rig.standIn, 'hers', { auths: {}, labels: { 'slipway.dev/registry-user': 'alice' } });
      addSecret(rig.standIn, 'unlabelled', { auths: {} });
      await expect(rig.backend.destination({ REGISTRY_SECRET: secret }, 'bobby')).rejects.toMatchObject({
        message: `Secret ${secret} is not configured!`,
      });
    },
  );

  it('that a user wrote down is a Secret for the host, which belongs to the Job and goes with it', async () => {
    const seen: unknown[] = [];
    await using rig = await openBackendRig({
      settings: { registryHost: 'r.example' },
      executor: async (container) => {
        seen.push(container.files.get('/home/user/.docker/config.json'));
        seen.push(rig.standIn.list('secrets')[0]?.metadata);
        return await passes(container);
      },
    });
    const destination = await rig.backend.destination({ REGISTRY_SECRET: 'me:my word' }, 'alice');
    expect(destination).toMatchObject({
      pushHost: 'r.example',
      credentials: { username: 'me', password: 'my word' },
    });
    await rig.backend.build(workOf({ destination }), listen(), new AbortController().signal);
    const auth = Buffer.from('me:my word').toString('base64');
    expect(seen).toEqual([
      JSON.stringify({ auths: { 'r.example': { auth } } }),
      expect.objectContaining({
        name: 'reg-alice-7c9e6679742540de944be07fc1f90ae7',
        ownerReferences: [expect.objectContaining({ kind: 'Job', name: workOf().jobName })],
      }),
    ]);
    await expect.poll(() => rig.standIn.list('secrets')).toEqual([]);
  });
});
