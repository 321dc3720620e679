import { CacheError } from '../error.ts';
import type { ConfigFile } from './config-file.ts';
import type { RepositorySettings } from './repository.ts';

const GROUP = 'slipway';
const GIB = 1024 ** 3;

/** What one object may take where nobody said: larger than any file of a build, and small beside a disk. */
const DEFAULT_MAX_OBJECT_BYTES = 64 * GIB;
/** Nothing: the disk's own reserve for root is there already, and a quota says what artifacts may take. */
const DEFAULT_KEEP_FREE_BYTES = 0;

/** The keys of `[slipway]` in a repository's `config`. */
const KEYS = {
  quotaBytes: 'quota-bytes',
  keepFreeBytes: 'keep-free-bytes',
  writeOnce: 'write-once',
  maxObjectBytes: 'max-object-bytes',
  objects: 'objects',
} as const satisfies Record<keyof RepositorySettings, string>;

/** Reads `[slipway]`. Throws `BAD_REPOSITORY` for a value that means nothing: a quota that is not kept would be worse. */
export function readSettings(config: ConfigFile, file: string): RepositorySettings {
  const bytes = (name: 'quotaBytes' | 'keepFreeBytes' | 'maxObjectBytes'): number | undefined => {
    const text = config.get(GROUP, KEYS[name]);
    if (text === undefined) return undefined;
    const value = /^\d{1,15}$/.test(text) ? Number(text) : undefined;
    return value ?? refuse(file, KEYS[name], text, 'a number of bytes');
  };
  const quotaBytes = bytes('quotaBytes');
  const objects = config.get(GROUP, KEYS.objects);
  return {
    ...(quotaBytes !== undefined && { quotaBytes }),
    keepFreeBytes: bytes('keepFreeBytes') ?? DEFAULT_KEEP_FREE_BYTES,
    writeOnce: readBoolean(config, file),
    maxObjectBytes: bytes('maxObjectBytes') ?? DEFAULT_MAX_OBJECT_BYTES,
    ...(objects !== undefined && objects !== '' && { objects }),
  };
}

/** The same `config` with the settings that are given; the others stay as they are. A quota without end is none. */
export function writeSettings(config: ConfigFile, settings: Partial<RepositorySettings>): ConfigFile {
  let changed = config;
  for (const [name, key] of Object.entries(KEYS)) {
    // The keys of KEYS are those of the settings.
    const value = settings[name as keyof RepositorySettings];
    if (value === undefined) continue;
    changed = changed.with(GROUP, key, value === Number.POSITIVE_INFINITY ? undefined : String(value));
  }
  return changed;
}

function readBoolean(config: ConfigFile, file: string): boolean {
  const text = config.get(GROUP, KEYS.writeOnce);
  if (text === undefined || text === 'false') return false;
  return text === 'true' || refuse(file, KEYS.writeOnce, text, 'true or false');
}

function refuse(file: string, key: string, text: string, expected: string): never {
  throw new CacheError('BAD_REPOSITORY', `${file}: ${key} of [${GROUP}] is '${text}', not ${expected}`);
}
