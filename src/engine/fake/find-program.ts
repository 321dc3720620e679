import { stat } from 'node:fs/promises';
import { EngineError } from '../error.ts';
import { hostPath, type RootView } from './root-path.ts';

/** Throws `START_FAILED` when a container does not have the program that it is to run. */
export async function requireProgram(view: RootView, program: string, searchPath: string): Promise<void> {
  const candidates = program.includes('/')
    ? [program]
    : searchPath.split(':').map((folder) => `${folder}/${program}`);
  for (const candidate of candidates) {
    const stats = await stat(await hostPath(view, candidate, true)).catch(() => undefined);
    if (stats?.isFile() && (stats.mode & 0o111) !== 0) return;
  }
  const place = program.includes('/') ? 'no such file' : 'executable file not found in $PATH';
  throw new EngineError(
    'START_FAILED',
    `cannot start the container: exec: ${JSON.stringify(program)}: ${place}`,
  );
}
