import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { unless } from '../../kernel/index.ts';

/**
 * The images that workers with this file fetched, by name or id, and when a task used each for the last time. Those that were
 * there before are somebody else's, and not in it.
 */
export interface ImageUses {
  /** @param isFetched - whether the worker has brought it just now */
  used(image: string, isFetched: boolean): void;
  forget(image: string): void;
  list(): readonly { readonly image: string; readonly usedAt: number }[];
  /** Writes down what changed, for the worker that comes after this one. */
  save(): Promise<void>;
}

const MOST = 10_000;

function parse(text: string): Map<string, number> {
  const uses = new Map<string, number>();
  for (const line of text.split('\n').slice(0, MOST)) {
    const at = line.indexOf(' ');
    const usedAt = Number(line.slice(0, at));
    if (at > 0 && Number.isSafeInteger(usedAt)) uses.set(line.slice(at + 1), usedAt);
  }
  return uses;
}

/** Reads what earlier workers with this file used; a file that is not there, or makes no sense, says nothing. */
export async function openImageUses(file: string, now: () => number): Promise<ImageUses> {
  const text = (await unless(['ENOENT'], readFile(file, 'utf8'))) ?? '';
  const uses = parse(text);
  let isSaved = true;
  return {
    used(image, isFetched) {
      if (image.includes('\n') || !(isFetched || uses.has(image))) return;
      uses.set(image, now());
      isSaved = false;
    },
    forget(image) {
      if (uses.delete(image)) isSaved = false;
    },
    list: () => [...uses].map(([image, usedAt]) => ({ image, usedAt })),
    async save() {
      if (isSaved) return;
      isSaved = true;
      const lines = [...uses].map(([image, usedAt]) => `${usedAt} ${image}\n`);
      await mkdir(dirname(file), { recursive: true });
      const temporary = `${file}.${process.pid}`;
      await writeFile(temporary, lines.join(''));
      await rename(temporary, file);
    },
  };
}
