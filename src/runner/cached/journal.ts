import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import type { ArtifactStored, RunEvent, RunEventSink } from '../../kernel/index.ts';
import type { RecordedEvent, TimelineEntry } from './record.ts';

export interface JournalOptions {
  /** Where the log goes. */
  readonly file: string;
  /** Gets every event too. */
  readonly events: RunEventSink;
  /** The run's steps and after-steps, by their place in the plan. */
  readonly safeIds: readonly string[];
  /** What the log shows of an event. */
  readonly lines: (event: RunEvent) => readonly string[];
  /** @defaultValue 64 MiB */
  readonly maxBytes?: number;
}

/** Writes down what a run tells while it goes on. Dispose it to let go of its file. */
export interface Journal extends AsyncDisposable {
  readonly events: RunEventSink;
  /** When the run is over; that the log could not be written is told as `unfit`. */
  close(): Promise<Recorded>;
}

export interface Recorded {
  readonly timeline: readonly TimelineEntry[];
  readonly artifacts: readonly (ArtifactStored & { readonly step?: number })[];
  /** Why what the run made is not what any other run of these inputs would make, or cannot be kept. */
  readonly unfit?: string;
}

/** Of the log; a line or two about what is left out come on top. */
export const MAX_LOG_BYTES = 64 * 1024 ** 2;
const MAX_ENTRIES = 50_000;
const CUT = 'The log is longer than what is kept of it: the rest is left out.';

const RECORDED: ReadonlySet<string> = new Set<RecordedEvent>([
  'step-started',
  'step-finished',
  'after-steps-started',
  'service-ready',
  'service-output',
  'notice',
  'phase-started',
  'phase-finished',
]);

/** The log as text, and how much of it there is. */
interface LogFile {
  readonly bytes: number;
  readonly midLine: boolean;
  /** A promise where it is to be waited for. */
  write(bytes: Buffer): void | Promise<void>;
}

function openLog(stream: WriteStream): LogFile {
  const log = { bytes: 0, midLine: false };
  return Object.assign(log, {
    write(bytes: Buffer): void | Promise<void> {
      log.bytes += bytes.length;
      log.midLine = bytes.at(-1) !== 0x0a;
      if (stream.destroyed || stream.write(bytes)) return undefined;
      return once(stream, 'drain').then(
        () => undefined,
        () => undefined, // told when the log is closed
      );
    },
  });
}

/** The output of one step in one go, as far as nothing else came in between. */
function addOutput(timeline: TimelineEntry[], entry: Extract<TimelineEntry, { type: 'output' }>): void {
  const last = timeline.at(-1);
  const goesOn = last?.type === 'output' && last.step === entry.step && last.from + last.bytes === entry.from;
  if (goesOn) timeline.splice(-1, 1, { ...last, bytes: last.bytes + entry.bytes });
  else timeline.push(entry);
}

const both = (one: void | Promise<void>, other: void | Promise<void>): void | Promise<void> =>
  one === undefined || other === undefined ? (one ?? other) : Promise.all([one, other]).then(() => undefined);

export function openJournal(options: JournalOptions): Journal {
  const { file, events, safeIds, lines, maxBytes = MAX_LOG_BYTES } = options;
  const stream = createWriteStream(file);
  const ended = finished(stream);
  ended.catch(() => undefined); // told when the journal is closed
  const log = openLog(stream);
  const timeline: TimelineEntry[] = [];
  const artifacts: Recorded['artifacts'][number][] = [];
  let unfit: string | undefined;
  let isCut = false;

  const say = (text: readonly string[]): void | Promise<void> =>
    text.length === 0 ? undefined : log.write(Buffer.from(`${log.midLine ? '\n' : ''}${text.join('\n')}\n`));

  const place = (event: RunEvent): { step?: number } => {
    const step = 'safeId' in event && event.safeId !== undefined ? safeIds.indexOf(event.safeId) : -1;
    return step < 0 ? {} : { step };
  };

  function cut(at: number): void | Promise<void> {
    isCut = true;
    timeline.push({ type: 'notice', at, level: 'warning', text: CUT });
    return say([CUT]);
  }

  function record(event: RunEvent): void | Promise<void> {
    if (event.type === 'held') unfit = 'a person decided what happened in it';
    if (event.type === 'artifact-stored') {
      if (event.tar === undefined) unfit = `it stored a container (${event.name})`;
      artifacts.push({ ...event, ...place(event) });
    }
    if (isCut && event.type !== 'step-finished') return undefined;
    if (!isCut && (log.bytes > maxBytes || timeline.length >= MAX_ENTRIES)) return cut(event.at);
    if (event.type === 'step-output') {
      const { at, bytes } = event;
      if (bytes.length === 0) return undefined;
      addOutput(timeline, { type: 'output', at, ...place(event), from: log.bytes, bytes: bytes.length });
      return log.write(bytes);
    }
    if (RECORDED.has(event.type)) {
      const { runId: _, safeId: __, ...fields } = event as RunEvent & { safeId?: string };
      timeline.push({ ...fields, ...place(event) } as TimelineEntry); // one of the recorded ones, its step by place
    }
    return say(lines(event));
  }

  return {
    events: (event) => both(events(event), record(event)),
    async close() {
      stream.end();
      await ended.catch((error: Error) => {
        unfit = `its log could not be written: ${error.message}`;
      });
      return { timeline, artifacts, ...(unfit !== undefined && { unfit }) };
    },
    async [Symbol.asyncDispose]() {
      stream.destroy();
      await ended.catch(() => undefined);
    },
  };
}
