import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export type Language = 'go' | 'java' | 'php' | 'python' | 'ruby';

/** The name of the image that has a language and its package manager; made where the engine does not have it, and left there. */
export async function languageImage(language: Language): Promise<string> {
  await run('sh', ['scripts/setup-images', language], { cwd: join(import.meta.dirname, '../..') });
  return `localhost/slipway-${language}:12`;
}
