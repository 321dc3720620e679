import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRig, type Rig } from '../support/rig.ts';

describe('slipway config check', () => {
  let rig: Rig;
  beforeAll(() => {
    rig = createRig();
  });
  afterAll(() => rig[Symbol.asyncDispose]());

  const check = (text: string, environment: Record<string, string> = {}) => {
    rig.write('config.yaml', text);
    return rig.run(['config', 'check'], {
      environment: { SLIPWAY_CONFIG: `${rig.folder}/config.yaml`, ...environment },
    });
  };

  it('says that there is no mistake, and which variable does nothing', async () => {
    const checked = await check('server: {port: 8443, withWorker: true}\n', {
      SLIPWAY_SERVER_WITHWORKER: 'true',
    });
    expect(checked).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('has no mistakes') });
    expect(checked.stderr).toContain(
      '$SLIPWAY_SERVER_WITHWORKER configures nothing: did you mean $SLIPWAY_SERVER_WITH_WORKER?',
    );
  });

  it('says where a key is wrong, and what was meant', async () => {
    const checked = await check('server:\n  prot: 8443\n  workerCapacity: none\n');
    expect(checked.exitCode).toBe(1);
    expect(checked.stderr).toMatch(/config\.yaml:2.*there is no key "prot".*did you mean "port"/s);
    expect(checked.stderr).toMatch(/:3.*expected a whole number from 1/s);
  });

  it('looks at what no single value shows: secrets that are not there, halves of what goes together', async () => {
    const checked = await check(
      'store: {type: s3, bucket: b, accessKeyId: a, secretAccessKey: {variable: NOT_SET}}\nserver: {certfile: c.pem}\n',
    );
    expect(checked.exitCode).toBe(1);
    for (const text of [
      'NOT_SET that holds the secret is not set',
      'server.certfile and server.keyfile go together',
    ])
      expect(checked.stderr).toContain(text);
  });

  it('has a variable for each key, which the server takes', async () => {
    const environment = {
      SLIPWAY_SERVER_PORT: '0',
      SLIPWAY_BUILDER_BACKEND: 'off',
      SLIPWAY_QUEUE_ENABLED: 'false',
    };
    const server = rig.start(['server', '--output', 'json'], { environment });
    await server.waitFor('serving the artifact cache and downloads on port');
    server.process.kill('SIGTERM');
    expect(await server.finished).toMatchObject({ exitCode: 0 });
    const wrong = await rig.run(['server'], { environment: { SLIPWAY_SERVER_PORT: 'high' } });
    expect(wrong).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('$SLIPWAY_SERVER_PORT: expected a port'),
    });
  });
});
