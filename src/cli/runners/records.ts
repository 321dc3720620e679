import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isGone, isSafeId, unless } from '../../kernel/index.ts';

/** A runner that this machine started. */
export interface RunnerRecord {
  readonly name: string;
  readonly base: string;
  readonly group: string;
  readonly queue: string;
  readonly rootUrl: string;
  readonly pid: number;
  /** Tells whether its process still lives. */
  readonly owner: { readonly host: string; readonly process: string };
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly storePath?: string;
  readonly logFile?: string;
}

const fileOf = (folder: string, name: string): string => join(folder, `${name}.json`);

/** Writes one; another of its name is replaced. */
export async function writeRecord(folder: string, record: RunnerRecord): Promise<void> {
  await mkdir(folder, { recursive: true });
  const file = fileOf(folder, record.name);
  const draft = `${file}.${process.pid}`;
  await writeFile(draft, JSON.stringify(record), { mode: 0o600 });
  await rename(draft, file);
}

export const removeRecord = (folder: string, name: string): Promise<void> =>
  rm(fileOf(folder, name), { force: true });

/** All that are known, by name; those of one base where it is given. */
export async function listRecords(folder: string, base?: string): Promise<readonly RunnerRecord[]> {
  const names = (await unless(['ENOENT'], readdir(folder))) ?? [];
  const records = await Promise.all(
    names
      .filter((name) => name.endsWith('.json') && isSafeId(name))
      .toSorted()
      .map((name) => readRecord(join(folder, name))),
  );
  return records
    .filter((record) => record !== undefined)
    .filter((record) => base === undefined || record.base === base);
}

/** A file that is none of ours is left alone and not listed. */
async function readRecord(file: string): Promise<RunnerRecord | undefined> {
  const text = await unless(['ENOENT'], readFile(file, 'utf8'));
  if (text === undefined) return undefined;
  const { runnerRecord } = await import('./record-schema.ts');
  return runnerRecord(text);
}

export const isRunning = ({ owner }: RunnerRecord): boolean => !isGone(owner);
