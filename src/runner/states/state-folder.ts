import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isSafeId } from '../../kernel/index.ts';
import { parseRecord, type StatesRecord } from './record.ts';
import type { ShellState } from './shell-state.ts';
import type { SourceListing } from './source-changes.ts';

/** The states that runs of one working folder kept, as they are written down there; the images are on the engine. */
export interface StateFolder {
  /** All runs with states, newest first. Records that cannot be read are left out. */
  list(): Promise<StatesRecord[]>;
  /** Writes a run's record, whole or not at all. */
  write(record: StatesRecord): Promise<void>;
  writeShell(runId: string, index: number, shell: ShellState): Promise<void>;
  /** `undefined` where it is gone. */
  readShell(runId: string, index: number): Promise<ShellState | undefined>;
  /** The shell of a run that went on where another was, before it got what that one's held. */
  writeBase(runId: string, shell: ShellState): Promise<void>;
  /** The shell of a run before anything happened in it. */
  readBase(runId: string): Promise<ShellState | undefined>;
  writeSource(runId: string, source: SourceListing): Promise<void>;
  /** What the run's copy of the source looked like; `undefined` where it is gone. */
  readSource(runId: string): Promise<SourceListing | undefined>;
  forget(runId: string): Promise<void>;
}

const PRIVATE_FOLDER = 0o700;
const PRIVATE_FILE = 0o600;

async function readIfThere(path: string): Promise<string | undefined> {
  return await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw error;
  });
}

async function writeWhole(path: string, value: unknown): Promise<void> {
  const fresh = `${path}.${randomUUID()}`;
  await mkdir(join(path, '..'), { recursive: true, mode: PRIVATE_FOLDER });
  await writeFile(fresh, `${JSON.stringify(value)}\n`, { mode: PRIVATE_FILE });
  await rename(fresh, path);
}

/** @param root - the working folder, absolute */
export function openStateFolder(root: string): StateFolder {
  const folder = join(root, 'states');
  const path = (runId: string, name: string): string => join(folder, runId, name);
  const readShell = async (runId: string, name: string): Promise<ShellState | undefined> => {
    const text = await readIfThere(path(runId, `${name}.shell.json`));
    // Written whole by this file, and only ever evaluated in the box that it is from.
    return text === undefined ? undefined : (JSON.parse(text) as ShellState);
  };
  return {
    async list() {
      const names = await readdir(folder).catch(() => []);
      const texts = await Promise.all(
        names
          .filter(isSafeId)
          .map(async (name) => ({ name, text: await readIfThere(path(name, 'run.json')) })),
      );
      return texts
        .flatMap(({ name, text }) => {
          const record = parseRecord(text ?? '');
          return record === undefined || record.runId !== name ? [] : [record];
        })
        .sort((one, other) => other.at - one.at);
    },
    write: (record) => writeWhole(path(record.runId, 'run.json'), record),
    writeShell: (runId, index, shell) => writeWhole(path(runId, `${index}.shell.json`), shell),
    writeBase: (runId, shell) => writeWhole(path(runId, 'base.shell.json'), shell),
    readShell: (runId, index) => readShell(runId, String(index)),
    readBase: async (runId) => (await readShell(runId, 'base')) ?? (await readShell(runId, '0')),
    writeSource: (runId, source) => writeWhole(path(runId, 'source.json'), source),
    async readSource(runId) {
      const text = await readIfThere(path(runId, 'source.json'));
      return text === undefined ? undefined : (JSON.parse(text) as SourceListing); // written whole by this file
    },
    forget: (runId) => rm(join(folder, runId), { recursive: true, force: true }),
  };
}
