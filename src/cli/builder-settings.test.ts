import { describe, expect, it } from 'vitest';
import { readBuilderSettings } from './builder-settings.ts';
import type { CommandContext } from './command.ts';
import { parseArguments } from './flag-values.ts';
import { SERVER_FLAGS } from './flags.ts';

const read = (words: readonly string[] = [], environment: NodeJS.ProcessEnv = {}) =>
  readBuilderSettings({
    ...({} as CommandContext), // the rest of it is not looked at
    flags: parseArguments(words, SERVER_FLAGS, environment).flags,
    environment,
    currentFolder: '/here',
  });

const LOGIN = { COUCHDB_ADMIN_USER: 'admin', COUCHDB_ADMIN_PASSWORD: 'secret' };

describe('what is said of the image builder', () => {
  it('is nothing, as a rule: it is there, and builds nothing', () => {
    expect(read()).toMatchObject({
      backend: 'docker',
      isConfigured: false,
      slots: 2,
      limits: { maxRunning: 2, maxQueued: 100 },
      timeLimitMs: 1_800_000,
      idleLimitMs: 600_000,
      keep: { cacheBytes: 10 * 1024 ** 3, imageBytes: 20 * 1024 ** 3 },
      strictUserCheck: true,
      allowedSources: [],
      registry: { plainHttpHosts: [] },
    });
    expect(read(['--builder', 'off'])).toBeUndefined();
    expect(read([], { SLIPWAY_BUILDER: 'kubernetes' })).toMatchObject({
      backend: 'kubernetes',
      isConfigured: true,
    });
    expect(read(['--builder', 'docker'])?.isConfigured).toBe(true);
    expect(read(['--build-users', 'users.yml'])).toMatchObject({
      usersFile: '/here/users.yml',
      isConfigured: true,
    });
  });

  it('may have the original’s names of variables', () => {
    const environment = {
      ...LOGIN,
      COUCHDB_SERVICE_HOST: 'couchdb',
      REGISTRY_HOST: 'http://registry.internal:5000',
      REGISTRY_PULL_HOST: 'registry.example.com',
      REGISTRY_USER: 'pusher',
      REGISTRY_PASS: 'pass',
      BUILDER_CATALOG_JSON: '{}',
      BUILDKIT_IMAGE: 'buildkit:1',
    };
    expect(read([], environment)).toMatchObject({
      isConfigured: true,
      couch: { url: 'http://couchdb:5984/', prefix: 'nuvolaris_', username: 'admin', password: 'secret' },
      registry: {
        registryHost: 'registry.internal:5000',
        registryPullHost: 'registry.example.com',
        plainHttpHosts: ['registry.internal:5000'],
        credentials: { username: 'pusher', password: 'pass' },
      },
      catalogText: '{}',
      buildkitImage: 'buildkit:1',
    });
    const users = ['--build-users', 'u'];
    expect(read(users, environment)).not.toHaveProperty('couch');
    expect(read([], { COUCHDB_SERVICE_HOST: 'couchdb' })).not.toHaveProperty('couch');
  });

  it.each([
    ['false', false],
    ['0', false],
    ['No', false],
    ['off', false],
    ['true', true],
    ['yes', true],
    ['', true],
  ])('takes STRICT_USER_CHECK=%s as the original does', (said, strictUserCheck) => {
    expect(read([], { STRICT_USER_CHECK: said })?.strictUserCheck).toBe(strictUserCheck);
  });

  it('may name several images that can be extended, and several registries', () => {
    const words = ['--build-source', 'a/*', '--build-source', 'b', '--registry-plain-http', 'r:1'];
    expect(read(words)).toMatchObject({
      allowedSources: ['a/*', 'b'],
      registry: { plainHttpHosts: ['r:1'] },
    });
  });

  it.each<[string[], NodeJS.ProcessEnv, string]>([
    [['--builder', 'podman'], {}, '--builder: expected docker or kubernetes or off'],
    [[], { SLIPWAY_BUILDER: 'podman' }, '--builder: expected docker or kubernetes or off'],
    [['--build-slots', '0'], {}, '--build-slots: expected a whole number from 1 to 1000'],
    [['--build-slots', '1.5'], {}, '--build-slots'],
    [['--build-max-running', '0'], {}, '--build-max-running: expected a whole number from 1 to 1000'],
    [['--build-max-queued', 'all'], {}, '--build-max-queued: expected a whole number from 1 to 100000'],
    [['--build-time-limit', 'soon'], {}, '--build-time-limit: expected a time'],
    [['--build-idle-limit', '0s'], {}, '--build-idle-limit: expected a time'],
    [['--build-cache-size', 'much'], {}, '--build-cache-size: expected a size'],
    [['--build-keep-size', '-1'], {}, '--build-keep-size: expected a size'],
    [['--build-network', 'host'], {}, '--build-network: expected default or none or proxy'],
    [
      ['--build-network', 'proxy', '--builder', 'kubernetes'],
      {},
      '--build-network: proxy is for --builder docker',
    ],
    [['--build-reach', 'pypi.org'], {}, '--build-reach: it is for --build-network proxy'],
    [['--couchdb-url', 'couch'], LOGIN, '--couchdb-url: expected a web address'],
    [['--couchdb-url', 'http://u:hunter2@c'], LOGIN, 'the login is in COUCHDB_ADMIN_USER'],
    [['--couchdb-url', 'http://c'], {}, 'COUCHDB_ADMIN_USER and COUCHDB_ADMIN_PASSWORD are not set'],
    [['--registry-host', 'https://u:hunter2@r'], {}, '--registry-host: what is given for the registry'],
    [['--registry-host', 'r:5000'], { REGISTRY_USER: 'pusher' }, 'REGISTRY_PASS is not set'],
    [
      ['--registry-host', 'r:5000'],
      { REGISTRY_PASS: 'hunter2', REGISTRY_USER: '' },
      'REGISTRY_USER is not set',
    ],
    [['--registry-host', 'r/path'], {}, '--registry-host: what is given for the registry'],
  ])('is refused: %j %j', (words, environment, message) => {
    expect(() => read(words, environment)).toThrow(message);
    expect(() => read(words, environment)).not.toThrow('hunter2');
  });
});
