import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { CommandContext } from '../command.ts';
import { CommandError } from '../command-error.ts';
import { EXIT } from '../exit-code.ts';
import { listenForInterrupts } from '../interrupts.ts';
import { commandLine } from '../render/command-line.ts';
import { wantsJson } from '../render/open-outputs.ts';
import { takeOwnFolder } from '../runners/own-folder.ts';
import { isRunning, listRecords } from '../runners/records.ts';
import { runnerLine } from '../runners/runner-lines.ts';
import {
  DEFAULT_STORE,
  type RunnerRequest,
  readRunnerRequest,
  withoutMeaning,
} from '../runners/runner-request.ts';
import { runnersFolder } from '../runners/runners-folder.ts';
import { shownRunner } from '../runners/shown-runner.ts';
import { type StartedRunner, startRunner } from '../runners/start-runner.ts';

/** `slipway runner start` */
export async function runnerStart(context: CommandContext): Promise<number> {
  const { stdout, stderr, environment } = context;
  const request = readRunnerRequest(context);
  for (const sentence of withoutMeaning(context)) stderr.write(`warning: ${sentence}\n`);
  const folder = await runnersFolder(context);
  if (request.storePath === DEFAULT_STORE) await takeOwnFolder(DEFAULT_STORE);
  const names = await freeNames(folder, request);
  using interrupts = listenForInterrupts({ onFirst: () => undefined, onSecond: () => undefined });
  const started: StartedRunner[] = [];
  for (const name of names) started.push(await startRunner({ request, name, environment, folder }));
  for (const { record } of started)
    stdout.write(
      wantsJson(context)
        ? commandLine('runner', shownRunner(record))
        : `${record.name} has started, process ${record.pid}\n`,
    );
  if (request.wait) return await untilEnded(context, started, interrupts.signal);
  for (const { process: child } of started) child.unref();
  return EXIT.passed;
}

/** `<base>_0`, `<base>_1`, … those that run already left out. */
async function freeNames(folder: string, { base, count }: RunnerRequest): Promise<string[]> {
  const taken = new Set((await listRecords(folder, base)).filter(isRunning).map(({ name }) => name));
  const names: string[] = [];
  for (let number = 0; names.length < count; number += 1)
    if (!taken.has(`${base}_${number}`)) names.push(`${base}_${number}`);
  return names;
}

/** Shows what they say until all have ended; Ctrl-C ends them, and their tasks go back to the queue. */
async function untilEnded(
  context: CommandContext,
  started: readonly StartedRunner[],
  signal: AbortSignal,
): Promise<number> {
  const end = (): void => {
    for (const { process: child } of started) child.kill('SIGTERM');
  };
  signal.addEventListener('abort', end, { once: true });
  const codes = await Promise.all(started.map((runner) => follow(context, runner)));
  if (signal.aborted || codes.every((code) => code === 0)) return EXIT.passed;
  const failed = started.filter((_, index) => codes[index] !== 0).map(({ record }) => record.name);
  throw new CommandError(`${failed.join(', ')} ended with an error`, 'What they said last tells why.');
}

async function follow(
  { stdout }: CommandContext,
  { record, process: child }: StartedRunner,
): Promise<number> {
  const exited = once(child, 'close');
  const file =
    record.logFile === undefined ? undefined : createWriteStream(record.logFile, { flags: 'a', mode: 0o600 });
  const show = async (input: NodeJS.ReadableStream | null): Promise<void> => {
    if (input === null) return;
    for await (const line of createInterface({ input })) {
      if (file === undefined) stdout.write(`${runnerLine(line, record.name)}\n`);
      else file.write(`${line}\n`);
    }
  };
  await Promise.all([show(child.stdout), show(child.stderr), exited]);
  if (file !== undefined) {
    file.end();
    await once(file, 'finish');
  }
  return child.exitCode ?? 1;
}
