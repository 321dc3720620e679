import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readWskIdentity } from './wsk-properties.ts';

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-wsk-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('readWskIdentity', () => {
  it('reads the properties that wsk and ops keep', async () => {
    writeFileSync(
      join(folder, '.wskprops'),
      'APIHOST=http://a\n# AUTH=no\nAUTH=old:one\n AUTH = "uuid:key=" \r\nNAMESPACE=Alice\n',
    );
    expect(await readWskIdentity({ HOME: folder })).toEqual({ token: 'uuid:key=', login: 'alice' });
  });

  it('believes the environment more', async () => {
    writeFileSync(join(folder, '.wskprops'), 'AUTH=uuid:key\nNAMESPACE=alice\n');
    const environment = { HOME: folder, AUTH: 'other:key', OPSDEV_USERNAME: 'bob' };
    expect(await readWskIdentity(environment)).toEqual({ token: 'other:key', login: 'bob' });
  });

  it('knows nobody where there is no file, and nobody by the name _', async () => {
    expect(await readWskIdentity({ HOME: folder })).toEqual({});
    writeFileSync(join(folder, '.wskprops'), 'NAMESPACE=_\nAUTH=\n');
    expect(await readWskIdentity({ HOME: folder, AUTH: '' })).toEqual({});
  });

  it('says that a file that was named cannot be read', async () => {
    const path = join(folder, 'properties');
    await expect(readWskIdentity({ WSK_CONFIG_FILE: path })).rejects.toThrow(
      `cannot read ${path} (WSK_CONFIG_FILE): no such file or directory`,
    );
    writeFileSync(path, 'AUTH=from:there\n');
    expect(await readWskIdentity({ HOME: folder, WSK_CONFIG_FILE: path })).toEqual({ token: 'from:there' });
  });
});
