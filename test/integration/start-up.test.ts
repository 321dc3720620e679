import { readFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { expect, test } from 'vitest';

const SRC = resolve(import.meta.dirname, '../../src');

/** What a server, a cloud, the configuration's schema or a watched folder needs, and what would be felt at each start of a run. */
const HEAVY = ['fastify', 'pino', 'prom-client', 'zod', '@aws-sdk/client-s3', 'chokidar'];

/** What a file loads when it is loaded itself: no types, and nothing that is imported later. */
function importsOf(file: string): string[] {
  const text = readFileSync(file, 'utf8').replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
  const statements = text.matchAll(/^(?:import|export)\s+(?!type\b)(?:([^;'"]*?)\s+from\s+)?'([^']+)'/gm);
  return [...statements].flatMap(([, names = '', specifier = '']) => {
    const listed = /^\{([\s\S]*)\}$/.exec(names.trim())?.[1];
    const isTypesAlone = listed?.split(',').every((name) => /^\s*(type\s.*)?$/s.test(name)) ?? false;
    return isTypesAlone ? [] : [specifier];
  });
}

/** The ways, file by file, on which loading a file loads what is looked for. */
function waysTo(entry: string, isLookedFor: (specifier: string, target: string) => boolean): string[] {
  const cameFrom = new Map<string, string | undefined>([[entry, undefined]]);
  const found: string[] = [];
  for (const file of cameFrom.keys()) {
    for (const specifier of importsOf(file)) {
      const target = resolve(dirname(file), specifier);
      if (isLookedFor(specifier, target)) found.push(`${wayTo(file, cameFrom)} → ${specifier}`);
      if (specifier.startsWith('.') && target.endsWith('.ts') && !cameFrom.has(target))
        cameFrom.set(target, file);
    }
  }
  return found;
}

const waysToHeavy = (entry: string): string[] => waysTo(entry, (specifier) => HEAVY.includes(specifier));

const waysToCache = (entry: string): string[] =>
  waysTo(entry, (_specifier, target) => target.startsWith(`${SRC}/cache/`));

function wayTo(file: string, cameFrom: ReadonlyMap<string, string | undefined>): string {
  const before = cameFrom.get(file);
  const name = relative(SRC, file);
  return before === undefined ? name : `${wayTo(before, cameFrom)} → ${name}`;
}

test.each([
  'main',
  'program',
  'programs',
  'find-command',
  'help',
  'version',
  'commands/build',
  'commands/dev',
  'commands/workflow',
  'commands/check-config',
  'commands/plan',
  'commands/version',
])('src/cli/%s.ts starts without the libraries of servers, clouds, schemas and watching', (name) => {
  expect(waysToHeavy(resolve(SRC, `cli/${name}.ts`))).toEqual([]);
});

test.each([
  'main',
  'commands/build',
  'commands/dev',
  'commands/workflow',
  'commands/check-config',
  'commands/plan',
])('src/cli/%s.ts starts without anything of the artifact cache', (name) => {
  expect(waysToCache(resolve(SRC, `cli/${name}.ts`))).toEqual([]);
});

test('what a cached build loads is light, and has the artifact cache in it', () => {
  const entries = ['runner/cached/run-cached.ts', 'cli/build-cache/open-build-cache.ts'];
  for (const entry of entries) {
    expect(waysToHeavy(resolve(SRC, entry))).toEqual([]);
    expect(waysToCache(resolve(SRC, entry))).not.toEqual([]);
  }
});

test('the download server is seen to load them', () => {
  const ways = waysToHeavy(resolve(SRC, 'cli/commands/download-server.ts'));
  expect(ways.join('\n')).toMatch(/→ fastify$/m);
  expect(ways.join('\n')).toMatch(/→ prom-client$/m);
});
