import { open } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { isOutOfReach } from '../../kernel/index.ts';
import { onFiles } from '../file-error.ts';

/** Who asks an image builder, as far as this machine knows. */
export interface WskIdentity {
  /** `UUID:KEY`. Absent: nobody logged in. Never shown. */
  readonly token?: string;
  /** What the user is called. Absent: nobody said it. */
  readonly login?: string;
}

const MAX_BYTES = 64 * 1024;

/**
 * Who asks: `AUTH` and `OPSDEV_USERNAME` of the environment, otherwise `AUTH` and `NAMESPACE` of the properties that `wsk`
 * and `ops` keep, `~/.wskprops` or `WSK_CONFIG_FILE`. Throws `FileError` for a file that was named and cannot be read.
 */
export async function readWskIdentity(environment: NodeJS.ProcessEnv): Promise<WskIdentity> {
  const properties = await readProperties(environment);
  const token = environment['AUTH'] || properties.get('AUTH');
  const namespace = properties.get('NAMESPACE');
  const login = environment['OPSDEV_USERNAME'] || (namespace === '_' ? undefined : namespace);
  return { ...(token && { token }), ...(login && { login: login.toLowerCase() }) };
}

async function readProperties(environment: NodeJS.ProcessEnv): Promise<ReadonlyMap<string, string>> {
  const named = environment['WSK_CONFIG_FILE'];
  const path = named || join(environment['HOME'] || homedir(), '.wskprops');
  const text = named
    ? await onFiles(`read ${named} (WSK_CONFIG_FILE)`, () => readText(path))
    : await readText(path).catch((cause: unknown) => {
        if (isOutOfReach(cause)) return '';
        throw cause;
      });
  return propertiesIn(text);
}

/** The beginning of a file, which is all of it where it is one of properties. */
async function readText(path: string): Promise<string> {
  await using file = await open(path);
  const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(MAX_BYTES), position: 0 });
  return buffer.toString('utf8', 0, bytesRead);
}

/** `NAME=VALUE` lines; what is said twice counts as it was said last, as for `wsk`. */
function propertiesIn(text: string): ReadonlyMap<string, string> {
  const lines = text.split('\n').flatMap((line): [string, string][] => {
    const [, name, value] = /^\s*(?:export\s+)?([A-Za-z_]\w*)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    return name === undefined || value === undefined ? [] : [[name, unquoted(value)]];
  });
  return new Map(lines);
}

const unquoted = (text: string): string => /^(["'])(.*)\1$/.exec(text)?.[2] ?? text;
