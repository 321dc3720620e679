import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { describe, expect, it } from 'vitest';

const SRC = resolve(import.meta.dirname, '../src');

/** Which capability may import which; `kernel` is open to all. ARCHITECTURE.md shows the same table. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  kernel: [],
  archive: [],
  pipeline: [],
  engine: [],
  registry: [],
  project: ['pipeline'],
  steps: ['pipeline', 'archive'],
  store: [],
  database: [],
  'queue-api': [],
  logs: ['database'],
  auth: ['database', 'queue-api'],
  'queue-client': ['queue-api', 'auth'],
  builder: ['engine', 'registry', 'archive', 'database', 'auth', 'logs', 'store', 'artifacts', 'download'],
  'builder-client': [],
  queue: ['queue-api', 'database', 'auth', 'store', 'download', 'logs'],
  config: ['store', 'artifacts'],
  artifacts: ['archive', 'store', 'logs'],
  cache: ['archive', 'store'],
  download: ['archive', 'store', 'artifacts', 'logs'],
  'download-client': ['store'],
  server: [
    'store',
    'artifacts',
    'download',
    'cache',
    'database',
    'auth',
    'queue-api',
    'queue',
    'logs',
    'builder',
    'telemetry',
  ],
  page: [
    'archive',
    'auth',
    'database',
    'queue-api',
    'queue',
    'builder',
    'artifacts',
    'store',
    'logs',
    'cache',
    'download',
  ],
  backup: ['archive', 'database', 'store', 'logs', 'cache', 'auth'],
  telemetry: [],
  reporter: [],
  watch: [],
  runner: [
    'pipeline',
    'project',
    'steps',
    'engine',
    'registry',
    'archive',
    'store',
    'artifacts',
    'cache',
    'watch',
  ],
  workflow: ['pipeline', 'runner'],
  worker: [
    'queue-api',
    'queue-client',
    'auth',
    'engine',
    'registry',
    'archive',
    'store',
    'artifacts',
    'cache',
    'pipeline',
    'project',
    'steps',
    'runner',
    'telemetry',
  ],
  cli: [
    'archive',
    'download-client',
    'pipeline',
    'project',
    'steps',
    'engine',
    'registry',
    'archive',
    'store',
    'config',
    'artifacts',
    'cache',
    'download',
    'server',
    'reporter',
    'runner',
    'workflow',
    'database',
    'auth',
    'queue-api',
    'queue-client',
    'queue',
    'logs',
    'worker',
    'builder',
    'builder-client',
    'page',
    'backup',
    'telemetry',
  ],
};

/** Builtins of Node that reach a disk, a clock or a network; what is pure imports none of them. */
const IMPURE = /^node:(fs|http|https|net|child_process|dgram|dns|tls|timers|worker_threads|os|process)/;
const PURE = ['pipeline'];

/** Doors beside `index.ts`: what is loaded only by whoever checks what comes from outside. */
const MORE_DOORS = ['queue-api/schema/index.ts'];

interface Import {
  readonly file: string;
  readonly specifier: string;
}

const isTest = (file: string): boolean =>
  file.endsWith('.test.ts') || file.endsWith('contract.ts') || file.includes(`${sep}testing${sep}`);

function importsOf(file: string): Import[] {
  const text = readFileSync(file, 'utf8');
  const found = text.matchAll(/(?:from\s+|import\s*\(\s*|import\s+)'([^']+)'/g);
  return [...found].map((match) => ({ file, specifier: match[1] ?? '' }));
}

function sourceFiles(): string[] {
  return readdirSync(SRC, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(SRC, name));
}

const capabilityOf = (file: string): string => relative(SRC, file).split(sep)[0] ?? '';

function offence({ file, specifier }: Import): string | undefined {
  const from = capabilityOf(file);
  const where = relative(SRC, file);
  if (PURE.includes(from) && !isTest(file) && IMPURE.test(specifier)) return `${where} → ${specifier} (pure)`;
  if (!specifier.startsWith('.')) return undefined;
  const target = resolve(dirname(file), specifier);
  if (target === resolve(SRC, '../package.json')) return undefined; // the version
  const to = capabilityOf(target);
  if (to === from) return undefined;
  const allowed = ALLOWED[from];
  if (allowed === undefined) return `${where}: folder ${from} is not in the table`;
  if (to !== 'kernel' && !allowed.includes(to) && !isTest(file)) return `${where} → ${to}`;
  const door = relative(SRC, target);
  const isDoor = door === join(to, 'index.ts') || MORE_DOORS.includes(door);
  return isDoor || isTest(file) ? undefined : `${where} → ${door} (not the door)`;
}

describe('the folders of src', () => {
  const files = sourceFiles();

  it('import only in the directions that the table allows, and only through the door', () => {
    const offences = files
      .flatMap(importsOf)
      .map(offence)
      .filter((text) => text !== undefined);
    expect(offences).toEqual([]);
  });

  it('are all named in ARCHITECTURE.md', () => {
    const text = readFileSync(resolve(SRC, '../ARCHITECTURE.md'), 'utf8');
    const missing = Object.keys(ALLOWED).filter((name) => !text.includes(`${name}/`));
    expect(missing).toEqual([]);
  });

  it('are seen by this test at all', () => {
    expect(files.length).toBeGreaterThan(30);
  });
});
