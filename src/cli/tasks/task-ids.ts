import { SLUGID } from '../../queue-api/index.ts';
import type { CommandContext } from '../command.ts';
import { UsageError } from '../exit-code.ts';

/** A task's id as somebody wrote it. Throws `UsageError`. */
export function readTaskId(text: string, what = 'a task'): string {
  if (SLUGID.test(text)) return text;
  throw new UsageError(
    `expected the id of ${what}, 22 letters, digits, - and _, found "${text.slice(0, 80)}"`,
  );
}

/** The one task that a command is about, which comes first. */
export function askedTask({ positionals, program }: CommandContext, command: string): string {
  const [text] = positionals;
  if (text === undefined)
    throw new UsageError(`${command}: which task? \`${program.name} task list\` has their ids`);
  return readTaskId(text);
}

/** All tasks that a command names, each once. */
export function askedTasks({ positionals, program }: CommandContext, command: string): readonly string[] {
  if (positionals.length === 0)
    throw new UsageError(`${command}: which tasks? \`${program.name} task list\` has their ids`);
  return [...new Set(positionals.map((text) => readTaskId(text)))];
}

/** `--run N`; absent: the last one. */
export function askedRun({ flags }: CommandContext): number | undefined {
  const text = flags.text('run');
  if (text === undefined) return undefined;
  if (/^\d{1,4}$/.test(text)) return Number(text);
  throw new UsageError(`--run: expected the number of a run, from 0, found "${text}"`);
}

const QUEUE = /^[a-zA-Z0-9_-]{1,38}\/[a-z]([-a-z0-9]{0,36}[a-z0-9])?$/;

/** `--queue PROVISIONER/TYPE`. */
export function askedQueue({ flags }: Pick<CommandContext, 'flags'>): string | undefined {
  const text = flags.text('queue');
  if (text === undefined || QUEUE.test(text)) return text;
  throw new UsageError(`--queue: expected PROVISIONER/TYPE such as local/docker, found "${text}"`);
}
