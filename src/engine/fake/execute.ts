import { spawn } from 'node:child_process';
import type { ExecuteOptions, ExecuteResult } from '../engine.ts';
import type { FakeContainer } from './container.ts';
import { enterCommand } from './enter.ts';
import { EXECUTE_SCRIPT } from './launch-script.ts';
import { readStream } from './read-stream.ts';

const OUTPUT_LIMIT_BYTES = 1024 * 1024;

/** Runs one more process in the namespaces of a running container. */
export async function executeIn(container: FakeContainer, options: ExecuteOptions): Promise<ExecuteResult> {
  const launch = await container.companion(options);
  const { tools, environment } = launch;
  const program = enterCommand(launch);
  const child = spawn(tools.busybox, ['sh', '-c', EXECUTE_SCRIPT, 'execute', tools.busybox, ...program], {
    stdio: ['ignore', 'pipe', 'ignore', 'pipe'],
    env: environment,
  });
  const [output, exitCode] = await Promise.all([
    readStream(child.stdout, OUTPUT_LIMIT_BYTES),
    readStream(child.stdio[3], OUTPUT_LIMIT_BYTES),
  ]);
  // Nothing is said when the script was killed along with the command.
  return { output, exitCode: Number(exitCode.toString() || 137) };
}
