import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Diagnostic } from '../kernel/index.ts';
import { type ParsedManifest, parseManifest } from '../pipeline/index.ts';
import type { ResolvedStepFiles } from './options.ts';

// The second is what the first was called at the very beginning.
export const MANIFESTS = ['step.yml', 'wercker-step.yml'];
const MAX_MANIFEST_BYTES = 1024 * 1024;

/**
 * Looks at a folder that holds a step. What is wrong with it are warnings: the step runs all the same.
 *
 * @param shown - the folder as the person knows it, for messages
 * @param version - as the registry says it; absent: the manifest's own
 */
export async function readStepFiles(
  folder: string,
  shown: string,
  version?: string,
): Promise<ResolvedStepFiles> {
  const { manifest, diagnostics } = await readManifest(folder, shown);
  const known = version ?? manifest?.version;
  return {
    folder,
    ...(manifest !== undefined && { manifest }),
    ...(known !== undefined && { version: known }),
    diagnostics: [...diagnostics, ...(await missingRunScript(folder, shown))],
  };
}

/** What a step says of itself; `undefined` where it has no file for that. */
export async function readManifestFile(
  folder: string,
): Promise<(ParsedManifest & { readonly file: string }) | undefined> {
  for (const file of MANIFESTS) {
    const text = await readText(join(folder, file));
    if (text !== undefined) return { file, ...parseManifest(text, { file }) };
  }
  return undefined;
}

async function readManifest(folder: string, shown: string): Promise<ParsedManifest> {
  for (const name of MANIFESTS) {
    const file = `${shown}/${name}`;
    const text = await readText(join(folder, name)).catch((error: unknown) =>
      warning('unreadable', file, `${error}`),
    );
    if (typeof text === 'string') return parseManifest(text, { file });
    if (text !== undefined) return { diagnostics: [text] };
  }
  return { diagnostics: [] };
}

async function readText(path: string): Promise<string | undefined> {
  const found = await stat(path).catch(() => undefined);
  if (!found?.isFile()) return undefined;
  await using file = await open(path);
  const buffer = Buffer.alloc(MAX_MANIFEST_BYTES + 1);
  const { bytesRead } = await file.read(buffer);
  if (bytesRead > MAX_MANIFEST_BYTES) throw new Error(`it is larger than ${MAX_MANIFEST_BYTES} bytes`);
  return buffer.toString('utf8', 0, bytesRead);
}

async function missingRunScript(folder: string, shown: string): Promise<Diagnostic[]> {
  const found = await stat(join(folder, 'run.sh')).catch(() => undefined);
  if (found?.isFile()) return [];
  return [warning('no-run-script', shown, 'the step has no run.sh, so it does nothing')];
}

function warning(code: string, file: string, message: string): Diagnostic {
  return { severity: 'warning', code, message, file };
}
