import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fail, ok, type Result } from '../kernel/index.ts';
import type { StepManifest } from '../pipeline/index.ts';
import { readManifestFile } from './step-files.ts';

/** A manifest with all that a registry needs. */
export interface PublishManifest {
  readonly name: string;
  readonly version: string;
  readonly summary: string;
  readonly tags: readonly string[];
  readonly properties: StepManifest['properties'];
}

const STEP_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

/** Whether a text can name a step or its owner: one part of an address and of a path, never hidden. */
export const isStepName = (text: string): boolean => STEP_NAME.test(text);

/** Reads the manifest of a step that is to be published; the failure has all that is wrong, in the original's words. */
export async function readPublishManifest(folder: string): Promise<Result<PublishManifest, string>> {
  const [read, runScript] = await Promise.all([
    readManifestFile(folder),
    stat(join(folder, 'run.sh')).catch(() => undefined),
  ]);
  const missing = [
    ...(read === undefined ? ['step.yml does not exist'] : []),
    ...(runScript?.isFile() ? [] : ['run.sh does not exist']),
  ];
  if (read === undefined || missing.length > 0) {
    return fail(`Not all required files are present: ${missing.join('; ')}`);
  }
  const manifest = complete(read.manifest);
  const problems = [
    ...read.diagnostics.map(({ message, range }) =>
      range === undefined ? message : `line ${range.start.line}: ${message}`,
    ),
    ...(read.manifest === undefined ? [] : await problemsOf(manifest)),
  ];
  return problems.length === 0 ? ok(manifest) : fail(`Invalid ${read.file}: ${problems.join('; ')}`);
}

const complete = (manifest: StepManifest | undefined): PublishManifest => ({
  name: manifest?.name ?? '',
  version: manifest?.version ?? '',
  summary: manifest?.summary ?? '',
  tags: manifest?.tags ?? [],
  properties: manifest?.properties ?? [],
});

/** All that keeps a manifest from being published. */
export async function problemsOf({ name, version, summary }: PublishManifest): Promise<string[]> {
  return [
    ...(name === '' ? ['Name cannot be empty'] : []),
    ...(name === '' || isStepName(name)
      ? []
      : ['Name may only have letters, digits, ".", "_" and "-", and begins with a letter or a digit']),
    ...(summary.trim() === '' ? ['Summary cannot be empty'] : []),
    ...((await isStrictVersion(version)) ? [] : ['Version does not appear to be valid semver']),
  ];
}

/** `1.2.3`, with a pre-release or not; no `v`, no spaces. */
export async function isStrictVersion(version: string): Promise<boolean> {
  const { default: semver } = await import('semver');
  return version.length <= 100 && semver.parse(version)?.raw === version && /^\d/.test(version);
}
