import { randomBytes } from 'node:crypto';
import { access, constants, mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { UsageError } from '../../exit-code.ts';
import type { Output } from '../output.ts';
import { OutputError } from '../output.ts';
import { createJunitReport } from './report.ts';
import { junitXml } from './xml.ts';

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/**
 * Writes a JUnit file when the runs are over, however they ended; whoever reads it meanwhile finds the one before, or
 * none. Throws `UsageError` at once where it could not be written at the end.
 */
export async function openJunitFile(path: string, currentFolder: string): Promise<Output> {
  const file = resolve(currentFolder, path);
  await requireWritable(file, path);
  const report = createJunitReport();
  return {
    see: (event) => report.see(event),
    async close() {
      try {
        await replaceFile(file, junitXml(report.suites()));
      } catch (error) {
        throw new OutputError(`cannot write the JUnit file ${path}: ${reasonOf(error)}`);
      }
    },
  };
}

/** Step by step: Node's own recursion never ends where a file system refuses folders with ENOENT, as /proc does. */
async function makeFolders(path: string): Promise<void> {
  if ((await stat(path).catch(() => undefined))?.isDirectory()) return;
  if (dirname(path) !== path) await makeFolders(dirname(path));
  await mkdir(path);
}

async function requireWritable(file: string, path: string): Promise<void> {
  try {
    await makeFolders(dirname(file));
    await access(dirname(file), constants.W_OK);
  } catch (error) {
    throw new UsageError(`--junit: ${path} cannot be written: ${reasonOf(error)}`);
  }
  const found = await stat(file).catch(() => undefined);
  if (found?.isDirectory()) throw new UsageError(`--junit: expected a file, found the folder ${path}`);
}

async function replaceFile(file: string, text: string): Promise<void> {
  const fresh = `${file}.${randomBytes(6).toString('hex')}.new`;
  try {
    await writeFile(fresh, text, { flush: true });
    await rename(fresh, file);
  } finally {
    await rm(fresh, { force: true });
  }
}
