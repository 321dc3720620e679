// Compiles a template once: the result is kept in a folder under the digest of the template, which no change can make stale.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compile } from './template.js';

/** The compiled template, and whether it was in the folder already. */
export function compileCached(template, folder) {
  const file = join(folder, `${createHash('sha256').update(template).digest('hex')}.json`);
  try {
    return { parts: JSON.parse(readFileSync(file, 'utf8')), cached: true };
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
  const parts = compile(template);
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, JSON.stringify(parts));
  return { parts, cached: false };
}
