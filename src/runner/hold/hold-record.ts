import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { isGone, isSafeId, type Owner } from '../../kernel/index.ts';

/** A held run, for those who look for it from outside: `.wercker/holds/<runid>.json`. */
export interface HoldRecord {
  readonly version: 1;
  readonly runId: string;
  readonly pipeline: string;
  /** The step that failed. */
  readonly step: string;
  readonly choices: readonly string[];
  readonly socket: string;
  readonly owner: Owner;
  /** Milliseconds since the epoch. */
  readonly since: number;
  readonly expiresAt: number;
}

/** Folders of sockets begin like this: nothing else is ever removed because a record says so. */
export const SOCKET_FOLDER = 'slipway-hold-';

const holdsFolder = (workingDir: string): string => join(workingDir, 'holds');
const recordFile = (workingDir: string, runId: string): string =>
  join(holdsFolder(workingDir), `${runId}.json`);

/** Writes the record, whole or not at all. */
export async function writeHold(workingDir: string, record: HoldRecord): Promise<void> {
  const file = recordFile(workingDir, record.runId);
  const fresh = `${file}.${randomUUID()}`;
  await mkdir(holdsFolder(workingDir), { recursive: true, mode: 0o700 });
  await writeFile(fresh, `${JSON.stringify(record)}\n`, { mode: 0o600 });
  await rename(fresh, file);
}

export async function removeHold(workingDir: string, { runId, socket }: HoldRecord): Promise<void> {
  await rm(recordFile(workingDir, runId), { force: true });
  const folder = dirname(socket);
  if (basename(folder).startsWith(SOCKET_FOLDER)) await rm(folder, { recursive: true, force: true });
}

function parseHold(text: string): HoldRecord | undefined {
  try {
    const value = JSON.parse(text) as Partial<HoldRecord>;
    const whole =
      value.version === 1 &&
      [value.runId, value.pipeline, value.step, value.socket].every((part) => typeof part === 'string') &&
      [value.owner?.host, value.owner?.process].every((part) => typeof part === 'string') &&
      [value.since, value.expiresAt].every((part) => Number.isFinite(part)) &&
      Array.isArray(value.choices);
    return whole ? (value as HoldRecord) : undefined; // every key was looked at
  } catch {
    return undefined;
  }
}

/** The runs that are held in a working folder, newest first. What a killed one left is removed on the way. */
export async function listHolds(workingDir: string): Promise<HoldRecord[]> {
  const names = await readdir(holdsFolder(workingDir)).catch(() => []);
  const held: HoldRecord[] = [];
  for (const name of names.filter((one) => one.endsWith('.json'))) {
    const text = await readFile(join(holdsFolder(workingDir), name), 'utf8').catch(() => '');
    const record = parseHold(text);
    if (record === undefined || !isSafeId(record.runId) || `${record.runId}.json` !== name) continue;
    if (isGone(record.owner)) await removeHold(workingDir, record);
    else held.push(record);
  }
  return held.sort((one, other) => other.since - one.since);
}
