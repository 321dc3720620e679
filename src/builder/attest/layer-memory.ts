import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { isOutOfReach } from '../../kernel/index.ts';
import type { LayerMemory } from './attest-options.ts';

export interface LayerMemoryOptions {
  /** What is used longest ago goes first. @defaultValue 256 MiB */
  readonly maxBytes?: number;
}

const MAX_BYTES = 256 * 1024 * 1024;
const MAX_CONTENT_BYTES = 64 * 1024 * 1024;
const SWEEP_EVERY = 50; // writes
const NAME = /^[0-9a-f]{64}\.gz$/;

const pack = promisify(gzip);
const unpack = promisify(gunzip);

/**
 * Remembers layers in a folder, which is made when it is first written to. Several servers may share one. What is damaged is
 * read from the registry again.
 */
export function openLayerMemory(folder: string, options: LayerMemoryOptions = {}): LayerMemory {
  const { maxBytes = MAX_BYTES } = options;
  let writes = 0;
  const pathOf = (digest: string): string => join(folder, `${digest.replace(/^sha256:/, '')}.gz`);
  return {
    async read(digest) {
      const path = pathOf(digest);
      try {
        const content = await unpack(await readFile(path), { maxOutputLength: MAX_CONTENT_BYTES });
        const now = new Date();
        await utimes(path, now, now);
        return content;
      } catch (cause) {
        if (!isOutOfReach(cause)) await rm(path, { force: true });
        return undefined;
      }
    },
    async write(digest, content) {
      if (content.length > MAX_CONTENT_BYTES) return;
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const path = pathOf(digest);
      const fresh = `${path}.${process.pid}.${Math.random().toString(36).slice(2)}`;
      await writeFile(fresh, await pack(content), { mode: 0o600 });
      await rename(fresh, path);
      writes += 1;
      if (writes % SWEEP_EVERY === 1) await sweep(folder, maxBytes);
    },
  };
}

const HALF_WRITTEN_MS = 60 * 60_000;

async function sweep(folder: string, maxBytes: number): Promise<void> {
  const files: { path: string; size: number; usedAt: number; isWhole: boolean }[] = [];
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const found = await stat(path).catch(() => undefined); // somebody else removed it
    if (found !== undefined)
      files.push({ path, size: found.size, usedAt: found.mtimeMs, isWhole: NAME.test(name) });
  }
  let bytes = 0;
  for (const { path, size, usedAt, isWhole } of files.toSorted((one, other) => other.usedAt - one.usedAt)) {
    const isLeft = !isWhole && Date.now() - usedAt > HALF_WRITTEN_MS;
    if (isWhole) bytes += size;
    if (isLeft || (isWhole && bytes > maxBytes)) await rm(path, { force: true });
  }
}
