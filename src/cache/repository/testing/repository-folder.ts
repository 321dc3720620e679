import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';
import { initRepository } from '../init-repository.ts';
import { openRepository } from '../open-repository.ts';
import type { Repository, RepositorySettings } from '../repository.ts';
import { addAll, type MadeArtifact } from './make-artifact.ts';

/** A folder that is gone after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-repository-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** An empty repository of a test, open. */
export async function makeRepository(settings?: Partial<RepositorySettings>): Promise<Repository> {
  const folder = join(temporaryFolder(), 'repository');
  await initRepository(folder, settings);
  const repository = await openRepository(folder);
  onTestFinished(() => repository[Symbol.asyncDispose]());
  return repository;
}

/** Publishes an artifact under refs. */
export async function publishArtifact(
  repository: Repository,
  { commit, objects }: MadeArtifact,
  ...refs: readonly string[]
): Promise<void> {
  await using staging = await repository.openStaging();
  await addAll(staging, objects);
  await staging.publish(refs.map((ref) => ({ ref, commit })));
}

/** The original's own program on a repository; gives what it prints. Throws where it fails. */
export function ostree(folder: string, command: string, ...words: readonly string[]): string {
  return execFileSync('ostree', [command, `--repo=${folder}`, ...words], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** The same beside others. */
export async function ostreeBeside(
  folder: string,
  command: string,
  ...words: readonly string[]
): Promise<string> {
  const { stdout } = await promisify(execFile)('ostree', [command, `--repo=${folder}`, ...words]);
  return stdout;
}

/** Refs and commits as the original reads them out of the summary. */
export function summaryOf(folder: string): Record<string, string> {
  const found = ostree(folder, 'summary', '-v').matchAll(
    /^\* (\S+)\n {4}Latest Commit \(\d+ bytes\):\n {6}([0-9a-f]{64})$/gm,
  );
  return Object.fromEntries([...found].map(([, ref = '', commit = '']) => [ref, commit]));
}

/** Runs the original's check of all objects and refs. */
export function expectSound(folder: string): void {
  ostree(folder, 'fsck', '--quiet');
}
