import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { askHold, type HoldRecord, type HoldRequest, listHolds } from '../../runner/index.ts';
import type { CommandContext } from '../command.ts';
import { EXIT, UsageError } from '../exit-code.ts';
import { openEngineFor } from '../open-engine.ts';
import { personAt } from '../person.ts';
import { commandLine } from '../render/command-line.ts';
import { wantsJson } from '../render/open-outputs.ts';

const PLAIN = ['retry', 'skip', 'give-up', 'shell'] as const;
const DEFAULT_COMMAND = ['/bin/sh', '-c', 'if [ -e /bin/bash ]; then exec /bin/bash; else exec /bin/sh; fi'];

interface Wanted {
  readonly request: HoldRequest;
  readonly runId: string | undefined;
}

async function scriptText(currentFolder: string, path: string): Promise<string> {
  return await readFile(resolve(currentFolder, path), 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(`hold edit: ${path} cannot be read (${error.code})`);
  });
}

/** `retry [RUN]`, `from STEP [RUN]`, `edit FILE [RUN]` … */
async function wanted({ positionals, currentFolder }: CommandContext): Promise<Wanted> {
  const [choice = '', ...rest] = positionals;
  const plain = PLAIN.find((name) => name === choice);
  if (plain !== undefined && rest.length <= 1) return { request: { choice: plain }, runId: rest[0] };
  const [argument, runId] = rest;
  if (choice === 'from' && argument !== undefined) return { request: { choice, step: argument }, runId };
  if (choice === 'edit' && argument !== undefined) {
    return { request: { choice, script: await scriptText(currentFolder, argument) }, runId };
  }
  throw new UsageError(
    `hold: expected retry, skip, give-up, shell, from STEP or edit FILE, then a run where several are held; found "${positionals.join(' ')}"`,
  );
}

function chooseHold(holds: readonly HoldRecord[], runId: string | undefined): HoldRecord {
  const named = runId === undefined ? holds : holds.filter((hold) => hold.runId.startsWith(runId));
  const [only] = named;
  if (named.length === 1 && only !== undefined) return only;
  const ids = holds.map((hold) => `${hold.runId} (at "${hold.step}")`).join(', ');
  if (holds.length === 0) throw new UsageError('hold: no run is held in this working folder');
  if (named.length === 0) throw new UsageError(`hold: the run "${runId}" is not held; these are: ${ids}`);
  throw new UsageError(`hold: several runs are held, name one of them: ${ids}`);
}

function list(context: CommandContext, holds: readonly HoldRecord[]): number {
  const { stdout, stderr } = context;
  if (wantsJson(context)) {
    const shown = holds.map(({ version, owner, socket, ...hold }) => hold);
    stdout.write(commandLine('holds', { holds: shown }));
    return EXIT.passed;
  }
  for (const { runId, pipeline, step, expiresAt } of holds) {
    stdout.write(
      `${runId}  ${pipeline}  held at "${step}", gives up at ${new Date(expiresAt).toISOString()}\n`,
    );
  }
  if (holds.length === 0) stderr.write('No run is held here.\n');
  return EXIT.passed;
}

/** `slipway hold`: lists the runs that wait for a decision, or decides about one. */
export async function hold(context: CommandContext): Promise<number> {
  const { flags, positionals, currentFolder, stdout, stderr } = context;
  const holds = await listHolds(resolve(currentFolder, flags.required('working-dir')));
  if (positionals.length === 0) return list(context, holds);
  const { request, runId } = await wanted(context);
  const chosen = chooseHold(holds, runId);
  const answer = await askHold(chosen, request);
  if (!answer.ok) {
    stderr.write(`${answer.message}\n`);
    return EXIT.failed;
  }
  if (request.choice === 'shell' && answer.access !== undefined)
    return await openShell(context, answer.access);
  const message = `${chosen.runId}: ${answer.message}`;
  stdout.write(
    wantsJson(context)
      ? commandLine('decided', { runId: chosen.runId, message: answer.message })
      : `${message}\n`,
  );
  return EXIT.passed;
}

interface Access {
  readonly container: string;
  readonly environment: readonly string[];
  readonly folder: string;
}

async function openShell(
  context: CommandContext,
  { container, environment, folder }: Access,
): Promise<number> {
  const person = personAt(context);
  if (person === undefined) throw new UsageError('hold shell: needs a person at a terminal');
  await using engine = await openEngineFor(context);
  return await person.connect((size) =>
    engine.openTerminal(container, { command: DEFAULT_COMMAND, environment, workingDir: folder, size }),
  );
}
