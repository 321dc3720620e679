import type { Client } from '../../auth/index.ts';
import { PROJECT_ID, SLUGID } from '../../queue-api/index.ts';
import type { ArtifactUrls } from '../artifact-urls.ts';
import type { Departures } from '../claims/departures.ts';
import { QueueError } from '../error.ts';
import type { PageRequest, Queue } from '../queue.ts';
import { methodsOf } from '../service/index.ts';
import type { PathParameters } from '../service/read-path.ts';
import type { QueueMeter } from './queue-meter.ts';

/** What the methods of the Queue API work with. */
export interface QueueContext {
  readonly queue: Queue;
  readonly urls: ArtifactUrls;
  /** The server's own client: it issues the credentials that go with claims. */
  readonly issuer: Client;
  readonly meter: QueueMeter;
  readonly departures: Departures;
  /** Puts a completed task into the index, where its routes say so. */
  readonly indexCompleted: (taskId: string) => Promise<void>;
  /** How long a claim waits for a task. */
  readonly claimWaitMs: number;
  /** Of this program. */
  readonly version: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly startedAt: number;
}

/** Makes a row of the table. */
export const method = methodsOf<QueueContext>();

const IDENTIFIER = { pattern: /^[a-zA-Z0-9_-]{1,38}$/ };

export const PARAMETERS: PathParameters = {
  taskId: { pattern: SLUGID },
  taskGroupId: { pattern: SLUGID },
  runId: { pattern: /^(?:0|[1-9]\d{0,2}|1000)$/ },
  taskQueueId: {
    pattern: /^[a-zA-Z0-9_-]{1,38}\/[a-z](?:[-a-z0-9]{0,36}[a-z0-9])?$/,
    slashes: 'one',
  },
  provisionerId: IDENTIFIER,
  workerType: { pattern: /^[a-z](?:[-a-z0-9]{0,36}[a-z0-9])?$/ },
  workerGroup: IDENTIFIER,
  workerId: IDENTIFIER,
  projectId: { pattern: PROJECT_ID },
  name: { pattern: /^[\x20-\x7e]{1,1024}$/, slashes: 'any' },
};

/** The query of what answers in pages. */
export const PAGED = {
  limit: /^(?:[1-9]\d{0,2}|1000)$/,
  continuationToken: /^[\x21-\x7e]{1,4096}$/,
} as const;

/** A page as a query asks for it. */
export const pageOf = ({
  limit,
  continuationToken,
}: Readonly<Partial<Record<string, string>>>): PageRequest => ({
  ...(limit !== undefined && { limit: Number(limit) }),
  ...(continuationToken !== undefined && { continuationToken }),
});

/** Throws `ResourceNotFound` for what is not there. */
export function found<T>(value: T | undefined, what: string): T {
  if (value !== undefined) return value;
  throw new QueueError('ResourceNotFound', `There is no ${what}.`);
}
