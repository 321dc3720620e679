import { createHash } from 'node:crypto';

/** A log of a run, as its routes name it. */
export interface RunLog {
  readonly taskId: string;
  readonly runId: number;
  /** As the artifact that stands for it. */
  readonly name: string;
}

const MAX_PART = 200;
const NAME = /^tasks\/([\w-]{22})\/(\d{1,4})\/(.+)$/;

/**
 * A name of an artifact as one part of a key: readable, and unlike that of any other name. Long ones are hashed; an `@` is in
 * none of the others.
 */
export function partOf(name: string): string {
  const escaped = /^\.+$/.test(name) ? name.replaceAll('.', '%2E') : encodeURIComponent(name);
  return escaped.length <= MAX_PART ? escaped : `@${createHash('sha256').update(name).digest('hex')}`;
}

/** The name of a run's log in the place for logs. */
export const logNameOf = ({ taskId, runId, name }: RunLog): string =>
  `tasks/${taskId}/${runId}/${partOf(name)}`;

/** The log that has a name; `undefined` where it is none of ours. `name` is absent where it was too long to be kept. */
export function runLogOf(logName: string): (Omit<RunLog, 'name'> & { readonly name?: string }) | undefined {
  const [, taskId, runId, part] = NAME.exec(logName) ?? [];
  if (taskId === undefined || part === undefined) return undefined;
  const run = { taskId, runId: Number(runId) };
  if (part.startsWith('@')) return run;
  try {
    return { ...run, name: decodeURIComponent(part) };
  } catch {
    return undefined;
  }
}
