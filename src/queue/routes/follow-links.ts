import { QueueError } from '../error.ts';
import type { ArtifactRecord, Queue } from '../queue.ts';
import { found } from './queue-context.ts';

// More than anybody chains; each is a question to the database.
const MAX_LINKS = 50;

export interface NamedArtifact {
  readonly taskId: string;
  /** Absent: of the last run. */
  readonly runId: number | undefined;
  readonly name: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/**
 * The artifact that a name stands for, through all links. `mayRead` is told all names up to each next one before that is
 * looked for, so that nobody learns of what they may not read. Throws `ResourceNotFound`, `ResourceExpired`, and
 * `InputError` for links that lead in a circle.
 */
export async function followLinks(
  queue: Queue,
  { taskId, runId, name, now }: NamedArtifact,
  mayRead: (names: readonly string[]) => void,
): Promise<ArtifactRecord> {
  const names = [name];
  mayRead(names);
  let record = await present(queue, { taskId, runId, name, now });
  while (record.storageType === 'link') {
    const next = record.details['artifact'] ?? '';
    if (names.includes(next)) {
      throw new QueueError(
        'InputError',
        `The link ${name} leads in a circle: ${[...names, next].join(' → ')}.`,
      );
    }
    names.push(next);
    if (names.length > MAX_LINKS)
      throw new QueueError('InputError', `The link ${name} leads over too many others.`);
    mayRead(names);
    record = await present(queue, { taskId, runId: record.runId, name: next, now });
  }
  return record;
}

/** Throws `ResourceNotFound`, `ResourceExpired`. */
export async function present(queue: Queue, named: NamedArtifact): Promise<ArtifactRecord> {
  return current(await queue.artifact(named.taskId, named.runId, named.name), named);
}

/** What was found of an artifact, if it may still be had. Throws `ResourceNotFound`, `ResourceExpired`. */
export function current(
  known: ArtifactRecord | undefined,
  { taskId, runId, name, now }: NamedArtifact,
): ArtifactRecord {
  const where = runId === undefined ? `the task ${taskId}` : `run ${runId} of the task ${taskId}`;
  const record = found(known, `artifact ${name} of ${where}`);
  if (record.expires > now) return record;
  throw new QueueError(
    'ResourceExpired',
    `The artifact ${name} of ${where} expired at ${new Date(record.expires).toISOString()}.`,
  );
}
