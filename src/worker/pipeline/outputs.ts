import { createReadStream, createWriteStream, type WriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import type { ArtifactStored, RunEvent } from '../../kernel/index.ts';
import { uploadArtifact } from '../artifacts/index.ts';
import type { TaskContext } from '../task/task-context.ts';
import type { PipelineViews } from './views.ts';

/** What a run leaves, gathered from its events, as artifacts of the task. */
export interface Outputs extends AsyncDisposable {
  see(event: RunEvent): void;
  /** Sends the output as `output.tar`, what steps left as `steps/<step>.tar`, and the events. Throws `UploadError`. */
  send(): Promise<void>;
}

export interface OutputsOptions {
  /** Of the run, for what is on its way. */
  readonly folder: string;
  readonly isPrivate: boolean;
  readonly views: PipelineViews;
  readonly signal: AbortSignal;
}

/** What steps print is in the log already; the list of events is there for machines that want to know what happened. */
const isListed = ({ type }: RunEvent): boolean => type !== 'step-output' && type !== 'pull-progress';

export function createOutputs(task: TaskContext, options: OutputsOptions): Outputs {
  const { folder, isPrivate, views } = options;
  const prefix = isPrivate ? 'private' : 'public';
  const stored: (ArtifactStored & { readonly tar: string })[] = [];
  const file = join(folder, 'events.jsonl');
  const events = createWriteStream(file, { mode: 0o600 });
  const closed = finished(events);
  closed.catch(() => {}); // told when it is waited for
  return {
    see(event) {
      if (event.type === 'artifact-stored' && event.tar !== undefined)
        stored.push({ ...event, tar: event.tar });
      if (isListed(event)) events.write(views.line(event));
    },
    async send() {
      for (const each of stored) {
        if (each.url !== undefined) task.log.line(`${each.fileName} is stored at ${each.url}`);
        const name = each.safeId === undefined ? each.fileName : `steps/${each.safeId}.tar`;
        await upload(task, { name: `${prefix}/${name}`, file: each.tar, type: 'application/x-tar' }, options);
      }
      await end(events, closed);
      await upload(task, { name: `${prefix}/run/events.jsonl`, file, type: 'application/x-ndjson' }, options);
    },
    async [Symbol.asyncDispose]() {
      await end(events, closed).catch(() => {}); // what could not be written was told, or is wanted by nobody
    },
  };
}

async function end(events: WriteStream, closed: Promise<void>): Promise<void> {
  events.end();
  await closed;
}

interface Output {
  readonly name: string;
  readonly file: string;
  readonly type: string;
}

async function upload(
  task: TaskContext,
  { name, file, type }: Output,
  { signal }: OutputsOptions,
): Promise<void> {
  const { size } = await stat(file);
  const gzip = type !== 'application/x-tar'; // of what is large the network is seldom the slowest part
  const open = () => createReadStream(file);
  const { expires } = task.claim.task;
  await uploadArtifact(task, { name, contentType: type, expires, gzip, open, sizeBytes: size }, { signal });
}
