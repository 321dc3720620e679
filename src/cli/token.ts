import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import type { FlagValues } from './flag-values.ts';

/** Where the token is kept, absolute unless the flag names a relative place. */
export const tokenFile = (flags: FlagValues): string =>
  flags.required('auth-token-store').replace(/^~\//, `${homedir()}/`);

/** The token of `--auth-token`, else the one that is kept; `undefined` where there is none. */
export async function readToken(flags: FlagValues): Promise<string | undefined> {
  const token = flags.text('auth-token') ?? (await keptToken(tokenFile(flags)));
  return token === '' ? undefined : token;
}

async function keptToken(path: string): Promise<string | undefined> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EISDIR') return undefined;
    throw error;
  }
}
