import { createHash, scrypt } from 'node:crypto';
import { promisify } from 'node:util';
import { ofOneRunNamed } from './ambient.ts';
import type { CacheKey, SourceEntry } from './cache-key.ts';
import { type CacheFacts, findInputs } from './find-inputs.ts';

/**
 * The key of a run, from all that it depends on.
 *
 * It is public where a cache is shared, so secrets go in through scrypt: who knows everything else and guesses at a short
 * one pays some 40 ms for each guess, and those who have no secrets pay nothing.
 */
export async function makeCacheKey(facts: CacheFacts, source: readonly SourceEntry[]): Promise<CacheKey> {
  const { inputs, secrets, named } = findInputs(facts);
  const hash = createHash('sha256');
  for (const { kind, name, digest } of inputs) hash.update(JSON.stringify([kind, name, digest ?? null]));
  const open = hash.digest();
  const key = secrets.length === 0 ? open : await withSecrets(open, secrets);
  return { key: key.toString('hex'), inputs, source, warnings: warningsOf(named) };
}

const derive = promisify(scrypt) as (secret: string, salt: Buffer, sizeBytes: number) => Promise<Buffer>;

const withSecrets = (open: Buffer, secrets: readonly string[]): Promise<Buffer> =>
  derive(JSON.stringify(secrets), open, 32);

const warningsOf = (named: ReadonlyMap<string, string>): string[] =>
  [...ofOneRunNamed(named)].map(
    ([name, place]) =>
      `${name} is named in ${place} and is no part of the key: a hit has that of the run that made it`,
  );
