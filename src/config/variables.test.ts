import { describe, expect, it } from 'vitest';
import { FIELDS } from './fields.ts';
import { settleSettings } from './settings.ts';
import { strangeVariables, variableOf } from './variables.ts';

const FILE = { path: '/config.yaml', exists: false, values: new Map() };

function settle(environment: NodeJS.ProcessEnv) {
  const settled = settleSettings({ environment, currentFolder: '/here', file: FILE });
  if (!settled.ok) throw new Error(settled.error);
  return settled.value;
}

describe('the variable of a field', () => {
  it('has its name, words apart, and no two have the same', () => {
    const names = FIELDS.map(variableOf);
    expect(names).toContain('SLIPWAY_RETENTION_KEEP_DAYS');
    expect(names).toContain('SLIPWAY_ARTIFACTS_PULL_URL');
    expect(names).toContain('SLIPWAY_STORE_ACCESS_KEY_ID');
    expect(new Set(names).size).toBe(FIELDS.length);
  });

  it('is read as the kind of its field', () => {
    const settings = settle({
      SLIPWAY_STORE_KEEP_FREE_BYTES: '2 GiB',
      SLIPWAY_SERVER_PORT: '8443',
      SLIPWAY_SERVER_TRUST_PROXY: 'true',
      SLIPWAY_DATA_FOLDER: 'data',
      SLIPWAY_DOWNLOAD_ROOTS: '/a:b',
      SLIPWAY_ARTIFACTS_CACHES: '[{"url": "https://cache.example.com"}]',
      SLIPWAY_STORE_SECRET_ACCESS_KEY: 'hunter2',
    });
    expect(settings.get('store.keepFreeBytes')).toBe(2 * 1024 ** 3);
    expect([settings.get('server.port'), settings.get('server.trustProxy')]).toEqual([8443, true]);
    expect([settings.get('data.folder'), settings.get('download.roots')]).toEqual([
      '/here/data',
      ['/a', '/here/b'],
    ]);
    expect(settings.get('artifacts.caches')).toEqual([{ url: 'https://cache.example.com' }]);
    expect(settings.get('store.secretAccessKey')).toEqual({ variable: 'SLIPWAY_STORE_SECRET_ACCESS_KEY' });
  });

  it('is weaker than the one that the field had before', () => {
    const both = { SLIPWAY_KEEP_DAYS: '3', SLIPWAY_RETENTION_KEEP_DAYS: '4' };
    expect(settle(both).get('retention.keepDays')).toBe(3);
    expect(settle({ SLIPWAY_RETENTION_KEEP_DAYS: '4' }).originOf('retention.keepDays')).toEqual({
      from: 'variable',
      variable: 'SLIPWAY_RETENTION_KEEP_DAYS',
      isGenerated: true,
    });
  });

  it.each([
    ['SLIPWAY_SERVER_PORT', 'high', '$SLIPWAY_SERVER_PORT: expected a port from 0 to 65535, found "high"'],
    ['SLIPWAY_STORE_TYPE', 'ftp', '$SLIPWAY_STORE_TYPE: expected folder, s3, oci, found "ftp"'],
    ['SLIPWAY_ARTIFACTS_CACHES', '[', '$SLIPWAY_ARTIFACTS_CACHES: expected a list of'],
  ])('is refused where it is none of its kind: %s=%s', (name, value, message) => {
    expect(() => settle({ [name]: value })).toThrow(message);
  });

  it('is told with all others that are wrong', () => {
    const wrong = { SLIPWAY_SERVER_PORT: 'high', SLIPWAY_QUEUE_CLAIM_TIMEOUT: 'soon' };
    expect(() => settle(wrong)).toThrow(/^\$SLIPWAY_SERVER_PORT: .*\n\$SLIPWAY_QUEUE_CLAIM_TIMEOUT: .*$/);
  });

  it('is not what Kubernetes says of a service', () => {
    const links = {
      SLIPWAY_SERVER_PORT: 'tcp://10.0.0.1:8080',
      SLIPWAY_SERVER_PORT_8080_TCP_ADDR: '10.0.0.1',
      SLIPWAY_SERVER_SERVICE_HOST: '10.0.0.1',
      SLIPWAY_SERVER_SERVICE_PORT: '8080',
    };
    expect(settle(links).get('server.port')).toBe(8080);
    expect(settle(links).originOf('server.port')).toEqual({ from: 'default' });
    expect(strangeVariables(links)).toEqual([]);
  });

  it('that is written wrongly is told, with the one that was meant', () => {
    expect(
      strangeVariables({
        SLIPWAY_RETENTION_KEEPDAYS: '1',
        SLIPWAY_QUEUE_COLOUR_OF_IT: '1',
        SLIPWAY_TRACE: '1',
        SLIPWAY_SERVER_HOST: '::',
        OTHER: '1',
      }),
    ).toEqual([
      { name: 'SLIPWAY_RETENTION_KEEPDAYS', near: 'SLIPWAY_RETENTION_KEEP_DAYS' },
      { name: 'SLIPWAY_QUEUE_COLOUR_OF_IT' },
    ]);
  });
});
