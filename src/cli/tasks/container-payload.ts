import type { JsonObject } from '../../queue-api/index.ts';
import type { FlagValues } from '../flag-values.ts';
import { readPairs } from './pairs.ts';
import { readSpan } from './task-times.ts';

const HOUR_MS = 3_600_000;

/** The payload of a task that runs one container, from flags. */
export function containerPayload(flags: FlagValues, command: readonly string[]): JsonObject {
  const env = readPairs(flags, 'env', 'VALUE');
  const artifacts = readPairs(flags, 'artifact', 'PATH');
  const cache = readPairs(flags, 'cache', 'PATH');
  const features = flags.all('feature');
  return {
    image: flags.required('image'),
    ...(command.length > 0 && { command: [...command] }),
    maxRunTime: Math.ceil(readSpan(flags, 'max-run-time', HOUR_MS) / 1000),
    ...(env.size > 0 && { env: Object.fromEntries(env) }),
    ...(artifacts.size > 0 && {
      artifacts: Object.fromEntries([...artifacts].map(([name, path]) => [name, artifactAt(path)])),
    }),
    ...(cache.size > 0 && { cache: Object.fromEntries(cache) }),
    ...(features.length > 0 && { features: Object.fromEntries(features.map((name) => [name, true])) }),
  };
}

const artifactAt = (path: string): JsonObject =>
  path.length > 1 && path.endsWith('/')
    ? { type: 'directory', path: path.slice(0, -1) }
    : { type: 'file', path };

/** What a task's own payload asks for is what its creator must allow it. */
export const scopesOfCaches = (flags: FlagValues): string[] =>
  [...readPairs(flags, 'cache', 'PATH').keys()].map((name) => `docker-worker:cache:${name}`);
