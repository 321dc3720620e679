import { createReadStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { ArchiveError, extractTarGz } from '../../archive/index.ts';
import { DEFAULT_LIMITS } from '../options.ts';
import { readPublishManifest } from '../publish-manifest.ts';
import type { Announcement } from './announcement.ts';
import { Refusal } from './refusal.ts';

const MAX_ENTRIES = 100_000;

/**
 * Unpacks an archive the way its users will, to see that it can be and that it is the step that was announced. The
 * folder is removed again. Throws `Refusal` `WRONG_CONTENT`.
 */
export async function checkArchive(
  path: string,
  folder: string,
  { manifest }: Announcement,
  signal: AbortSignal,
): Promise<void> {
  try {
    const limits = { totalBytes: DEFAULT_LIMITS.unpackedBytes, entries: MAX_ENTRIES };
    await extractTarGz(createReadStream(path), folder, { stripGitArchive: true, limits, signal });
    const found = await readPublishManifest(folder);
    if (!found.ok) throw new Refusal('WRONG_CONTENT', found.error);
    for (const key of ['name', 'version', 'summary'] as const) {
      if (found.value[key] === manifest[key]) continue;
      const message = `the ${key} in the archive's manifest is ${JSON.stringify(found.value[key])}, announced was ${JSON.stringify(manifest[key])}`;
      throw new Refusal('WRONG_CONTENT', message);
    }
  } catch (cause) {
    if (!(cause instanceof ArchiveError) || cause.code === 'IO') throw cause;
    if (cause.code === 'NO_SPACE') throw new Refusal('NO_SPACE', 'there is no room left', { cause });
    throw new Refusal('WRONG_CONTENT', `the archive cannot be unpacked: ${cause.message}`, { cause });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
