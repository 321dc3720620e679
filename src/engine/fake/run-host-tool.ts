import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** Runs a program of this machine and resolves with what it prints; rejects when it fails. */
export async function runHostTool(program: string, commandArguments: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(program, commandArguments);
  return stdout;
}
