import { packItems } from '../../archive/index.ts';
import type { Attachment, Engine } from '../../engine/index.ts';
import { currentOwner, newRunId } from '../../kernel/index.ts';
import { RunError } from '../failure.ts';
import { labelsOf } from '../labels.ts';
import type { Person } from '../person.ts';
import { type FoundState, findRun, hasStates, loadState, stateIndex } from './find-state.ts';
import type { StatesRecord } from './record.ts';
import { restoreText } from './restore-text.ts';

export interface EnterRequest {
  readonly workingDir: string;
  /** A step, whose state is what it left, or `start`. */
  readonly at: string;
  /** Absent: the newest run with states. */
  readonly runId?: string;
  /** For the shell of the state, instead of a person at a terminal. */
  readonly command?: string;
}

export interface EnterDependencies {
  readonly engine: Engine;
  /** Absent: nobody is at a terminal. */
  readonly person?: Person;
  readonly signal: AbortSignal;
  readonly output: (stream: 'stdout' | 'stderr', bytes: Buffer) => void | Promise<void>;
  readonly notice: (text: string) => void;
}

const FILE = '/pipeline/.slipway/enter';

/** The shell gets the state by a file. Its traps stay out: they belong to the steps' end, not to a look. */
function restoring({ shell, record }: FoundState): string {
  const init = shell.shell === 'bash' ? '' : '. /pipeline/wercker-init/run.sh\n';
  return `${init}${restoreText({ ...shell, traps: [] })}\n# ${record.runId}\n`;
}

async function makeContainer(engine: Engine, found: FoundState, command: readonly string[]): Promise<string> {
  const runId = newRunId();
  const id = await engine.createContainer({
    name: `slipway-look-${runId}`,
    image: found.image.reference,
    entrypoint: [],
    command,
    openStdin: true,
    labels: labelsOf({ runId, owner: currentOwner(), role: 'container', kept: false }),
  });
  const file = {
    type: 'file',
    name: FILE.slice(1),
    content: Buffer.from(restoring(found), 'latin1'),
    mode: 0o644,
  } as const;
  await engine.copyIn(id, '/', packItems([file]));
  return id;
}

/**
 * Looks into a kept state: a shell in a container of its own, with the state's variables, functions and folder, or one
 * command in it. The container is removed at the end. Returns the exit code. Throws `RunError`, `EngineError`.
 */
export async function enterState(request: EnterRequest, dependencies: EnterDependencies): Promise<number> {
  const { workingDir, runId, at, command } = request;
  const { engine, person, notice } = dependencies;
  if (command === undefined && person === undefined) throw nobody(at);
  const preferred = (record: StatesRecord): boolean => hasStates(record, [at]);
  const record = await findRun(workingDir, runId, { preferred });
  const found = await loadState(engine, workingDir, { record, index: stateIndex(record, at) });
  if (found.state.omitted.length > 0)
    notice(`Not here, because they hold secrets: ${found.state.omitted.join(', ')}`);
  if (record.mounts.length > 0) notice(`Not here, because it was mounted: ${record.mounts.join(', ')}`);
  return command === undefined
    ? await openLook(found, { ...dependencies, person })
    : await runLook(found, dependencies, command);
}

const nobody = (at: string): RunError =>
  new RunError({
    reason: 'state',
    message: `a shell in the state "${at}" needs a person at a terminal, and there is none`,
    hint: 'give it a command: slipway shell --at STEP -c COMMAND',
  });

async function openLook(
  found: FoundState,
  { engine, person, signal }: Omit<EnterDependencies, 'person'> & { readonly person: Person | undefined },
): Promise<number> {
  const isBash = found.shell.shell === 'bash';
  const id = await makeContainer(engine, found, ['/bin/sh']); // waits at its input, which this program holds
  try {
    await using _held = await engine.attachContainer(id);
    await engine.startContainer(id);
    const command = isBash ? ['bash', '--rcfile', FILE, '-i'] : ['/bin/sh', '-i'];
    const environment = isBash ? [] : [`ENV=${FILE}`];
    const open: Parameters<Person['connect']>[0] = (size) =>
      engine.openTerminal(id, { command, environment, size });
    return (await person?.connect(open, signal)) ?? 1;
  } finally {
    await engine.removeContainer(id);
  }
}

async function runLook(
  found: FoundState,
  { engine, signal, output }: EnterDependencies,
  command: string,
): Promise<number> {
  const shell = found.shell.shell === 'bash' ? 'bash' : '/bin/sh';
  const id = await makeContainer(engine, found, [shell, '-c', `. ${FILE}\n${command}`]);
  try {
    await using attachment = await engine.attachContainer(id);
    attachment.closeInput();
    await engine.startContainer(id);
    await show(attachment, output, signal);
    return (await engine.waitContainer(id, { signal })).exitCode;
  } finally {
    await engine.removeContainer(id);
  }
}

async function show(
  attachment: Attachment,
  output: EnterDependencies['output'],
  signal: AbortSignal,
): Promise<void> {
  const stop = (): void => void attachment[Symbol.asyncDispose]();
  signal.addEventListener('abort', stop, { once: true });
  for await (const { stream, bytes } of attachment.output) await output(stream, bytes);
  signal.removeEventListener('abort', stop);
}
