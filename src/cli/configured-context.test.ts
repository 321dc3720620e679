import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FIELDS } from '../config/fields.ts';
import { readConfiguration } from '../config/index.ts';
import type { CommandContext } from './command.ts';
import { configuredContext, type ServerSection } from './configured-context.ts';
import type { Flag } from './flag.ts';
import { parseArguments } from './flag-values.ts';
import { DOWNLOAD_SERVER_FLAGS, SERVER_FLAGS, SETTINGS_FLAGS } from './flags.ts';
import { programOf } from './programs.ts';

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-context-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function contextOf(
  yaml: string,
  words: readonly string[] = [],
  more: NodeJS.ProcessEnv = {},
  section: ServerSection = 'download',
) {
  writeFileSync(join(folder, 'config.yaml'), yaml);
  const environment = { SLIPWAY_CONFIG: join(folder, 'config.yaml'), HOME: folder, ...more };
  const context: CommandContext = {
    flags: parseArguments(words, DOWNLOAD_SERVER_FLAGS, environment).flags,
    positionals: [],
    program: programOf('slipway'),
    environment,
    currentFolder: folder,
    configuration: () => readConfiguration({ environment, currentFolder: folder }),
    get stdin(): NodeJS.ReadStream {
      throw new Error('nobody asked for the input');
    },
    stdout: process.stdout,
    stderr: process.stderr,
  };
  return await configuredContext(context, section);
}

const YAML = `
data: {folder: kept}
download:
  port: 1234
  host: "::"
  roots: [a, /srv/b]
  public: true
  token: {variable: MY_TOKEN}
  drainTimeout: 5s
`;

describe('configuredContext', () => {
  it('puts the file between variables and defaults', async () => {
    const { flags, environment } = await contextOf(YAML, ['--host', '127.0.0.2'], {
      PORT: '4321',
      MY_TOKEN: 'hunter2',
    });
    expect(flags.text('host')).toBe('127.0.0.2');
    expect(flags.required('port')).toBe('4321');
    expect(flags.all('root')).toEqual([join(folder, 'a'), '/srv/b']);
    expect(flags.given('root')).toBe(true);
    expect([flags.on('public'), flags.on('require-signed')]).toEqual([true, false]);
    expect(flags.text('token')).toBe('hunter2');
    expect(flags.required('drain-timeout')).toBe('5s');
    expect(environment['SLIPWAY_DATA_DIR']).toBe(join(folder, 'kept'));
  });

  it('lets a switch of the line win over the file', async () => {
    expect((await contextOf('download: {public: true}', ['--no-public'])).flags.on('public')).toBe(false);
  });

  it('changes nothing where the file says nothing', async () => {
    const { flags } = await contextOf('');
    expect(flags.required('port')).toBe('8091');
    expect(flags.given('root')).toBe(false);
  });

  it('takes of two servers the one that is meant, and for both what only one of them says', async () => {
    const yaml = `${YAML}server: {port: 4000, certfile: c.pem}\n`;
    const secret = { MY_TOKEN: 'hunter2' };
    const { flags } = await contextOf(yaml, [], secret, 'server');
    expect(flags.required('port')).toBe('4000');
    expect(flags.text('certfile')).toBe(join(folder, 'c.pem'));
    expect(flags.required('host')).toBe('127.0.0.1');
    expect(flags.required('drain-timeout')).toBe('10m');
    expect(flags.all('root')).toEqual([join(folder, 'a'), '/srv/b']);
    expect(flags.on('public')).toBe(true);
    const other = await contextOf(yaml, [], secret, 'download');
    expect(other.flags.required('port')).toBe('1234');
    expect(other.flags.text('certfile')).toBeUndefined();
  });

  it('says which variable of a secret is missing', async () => {
    await expect(contextOf(YAML)).rejects.toThrow('the variable MY_TOKEN that holds the secret is not set');
  });
});

describe('a field of the configuration that is a flag too', () => {
  const flagOf = (name: string, path: string): Flag | undefined =>
    (/^(?:server|database|auth|queue|builder)\./.test(path) ? SERVER_FLAGS : SETTINGS_FLAGS).find(
      (flag) => flag.name === name,
    );
  const fields = FIELDS.filter(({ field }) => field.flag !== undefined);

  it.each(fields)('has the name, the variable and the default of the flag: $path', ({ field, path }) => {
    const flag = flagOf(field.flag ?? '', path);
    expect(flag).toBeDefined();
    if (flag?.variable !== undefined) expect(field.variable).toBe(flag.variable);
    if (flag?.default !== undefined) expect(String(field.default)).toBe(flag.default);
    if (field.kind === 'truth') expect(flag?.on ?? false).toBe(field.default ?? false);
  });

  it('is each flag of the download server, so that all of it can be configured', () => {
    const known = new Set(fields.map(({ field }) => field.flag));
    expect(SETTINGS_FLAGS.filter(({ name }) => !known.has(name))).toEqual([]);
  });
});
