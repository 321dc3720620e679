import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { expectFailure } from '../contract/failure.ts';
import { chooseEndpoint } from './choose-endpoint.ts';
import { parseEndpoint } from './endpoint.ts';

const FIXTURES = join(import.meta.dirname, 'fixtures/tls');

const parsing = async (host: string) => parseEndpoint(host);

describe('an address', () => {
  it.each([
    ['unix:///var/run/docker.sock', 'unix:///var/run/docker.sock'],
    ['tcp://host', 'tcp://host:2375'],
    ['tcp://host:1234', 'tcp://host:1234'],
    ['http://host:80', 'tcp://host:80'],
    ['https://host', 'https://host:2376'],
    ['tcp://[::1]:2375', 'tcp://[::1]:2375'],
    ['tcp://user:secret@host:1', 'tcp://host:1'],
  ])('%s is understood', (host, name) => {
    expect(parseEndpoint(host).name).toBe(name);
  });

  it('of IPv6 is looked up without its brackets', () => {
    expect(parseEndpoint('tcp://[::1]:9').address).toEqual({ kind: 'tcp', host: '::1', port: 9 });
  });

  it.each([
    '',
    'docker',
    '/var/run/docker.sock',
    'unix://relative',
    'npipe:////./pipe/docker',
    'tcp://',
    'tcp://h/path',
  ])('%j is INVALID', async (host) => {
    await expectFailure(parsing(host), 'INVALID');
  });

  it('over ssh says what to do instead', async () => {
    const error = await expectFailure(parsing('ssh://me@host'), 'INVALID');
    expect(error.message).toContain('ssh -L');
  });

  it('is repeated without its password where it is wrong', async () => {
    const error = await expectFailure(parsing('xyz://me:hunter2@host'), 'INVALID');
    expect(error.message).toContain('xyz://host');
    expect(error.message).not.toContain('hunter2');
  });
});

describe('choosing an engine', () => {
  let home: string;
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'slipway-endpoint-'));
  });
  afterEach(() => rm(home, { recursive: true, force: true }));

  const useContext = async (name: string, docker: object) => {
    const id = createHash('sha256').update(name).digest('hex');
    await mkdir(join(home, '.docker/contexts/meta', id), { recursive: true });
    await writeFile(join(home, '.docker/config.json'), JSON.stringify({ auths: {}, currentContext: name }));
    const meta = JSON.stringify({ Name: name, Metadata: {}, Endpoints: { docker } });
    await writeFile(join(home, '.docker/contexts/meta', id, 'meta.json'), meta);
    return join(home, '.docker/contexts/tls', id, 'docker');
  };

  it('takes the host that is given before all else', async () => {
    const environment = { HOME: home, DOCKER_HOST: 'tcp://other:1' };
    expect((await chooseEndpoint({ host: 'tcp://given:1', environment })).name).toBe('tcp://given:1');
  });

  it('takes DOCKER_HOST before the context in use', async () => {
    await useContext('remote', { Host: 'tcp://context:1' });
    const environment = { HOME: home, DOCKER_HOST: 'tcp://variable:1' };
    expect((await chooseEndpoint({ environment })).name).toBe('tcp://variable:1');
  });

  it('takes the context in use before sockets', async () => {
    await useContext('remote', { Host: 'tcp://context:1' });
    expect(await chooseEndpoint({ environment: { HOME: home } })).toMatchObject({ name: 'tcp://context:1' });
    const environment = { HOME: '/nowhere', DOCKER_CONFIG: join(home, '.docker'), DOCKER_HOST: '' };
    expect(await chooseEndpoint({ environment })).toMatchObject({ name: 'tcp://context:1' });
  });

  it('takes the certificates of the context', async () => {
    const folder = await useContext('secure', { Host: 'tcp://context:1', SkipTLSVerify: false });
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'ca.pem'), 'CA');
    expect(await chooseEndpoint({ environment: { HOME: home } })).toMatchObject({
      name: 'https://context:1',
      tls: { ca: 'CA' },
    });
  });

  it('goes by DOCKER_CONTEXT, default included', async () => {
    await useContext('remote', { Host: 'tcp://context:1' });
    const environment = { HOME: home, DOCKER_CONTEXT: 'default', XDG_RUNTIME_DIR: home };
    expect((await chooseEndpoint({ environment })).name).toMatch(/^unix:/);
    const absent = chooseEndpoint({ environment: { HOME: home, DOCKER_CONTEXT: 'nothing' } });
    expect((await expectFailure(absent, 'INVALID')).message).toContain('"nothing"');
  });

  it.each(['{', '[]', '{"currentContext":7}'])(
    'refuses settings that it cannot understand: %s',
    async (text) => {
      await mkdir(join(home, '.docker'));
      await writeFile(join(home, '.docker/config.json'), text);
      const error = await expectFailure(chooseEndpoint({ environment: { HOME: home } }), 'INVALID');
      expect(error.message).toContain('config.json');
    },
  );

  it('takes a socket that is there, never a port', async () => {
    const environment = { HOME: home, XDG_RUNTIME_DIR: home };
    expect((await chooseEndpoint({ environment })).name).toMatch(/^unix:\/\//);
  });

  describe('with TLS', () => {
    it.each([
      ['told so', { tlsVerify: true, certPath: FIXTURES, environment: {} }],
      ['DOCKER_TLS_VERIFY is 1', { environment: { DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: FIXTURES } }],
    ])('reads the certificates when %s', async (_when, options) => {
      const endpoint = await chooseEndpoint({ host: 'tcp://host', ...options });
      expect(endpoint.name).toBe('https://host:2376');
      expect(endpoint.tls?.key).toContain('PRIVATE KEY');
    });

    it.each(['0', '', 'true', 'yes'])('stays without when DOCKER_TLS_VERIFY is %j', async (value) => {
      const environment = { DOCKER_TLS_VERIFY: value, DOCKER_CERT_PATH: FIXTURES };
      expect((await chooseEndpoint({ host: 'tcp://host:1', environment })).tls).toBeUndefined();
    });

    it('names the file that is missing', async () => {
      const options = { host: 'tcp://host', tlsVerify: true, certPath: home, environment: {} };
      expect((await expectFailure(chooseEndpoint(options), 'INVALID')).message).toContain(`${home}/ca.pem`);
    });

    it('does not matter to a local socket', async () => {
      const environment = { DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: '/nowhere' };
      expect((await chooseEndpoint({ host: 'unix:///x.sock', environment })).name).toBe('unix:///x.sock');
    });
  });
});
