import type { Engine } from '../engine/index.ts';
import type { Notice, Owner, RedactedStream, Redactor, RunEventBody, RunEventSink } from '../kernel/index.ts';
import type { ArtifactStore } from './artifact-store.ts';
import type { Interrupts } from './interrupts.ts';
import type { Person } from './person.ts';
import type { RunRequest } from './request.ts';
import type { WorkingFolder } from './working-folder.ts';

/** What every phase of one run shares. */
export interface RunContext {
  readonly request: RunRequest;
  readonly engine: Engine;
  readonly folder: WorkingFolder;
  readonly owner: Owner;
  readonly redactor: Redactor;
  /** Whose output comes now, and whom it keeps from running into its limit. */
  readonly route: {
    safeId?: string | undefined;
    touch?: (() => void) | undefined;
    /** Takes what is not meant for the person out of the output, and gives back the rest. */
    sift?: ((bytes: Buffer) => Buffer) | undefined;
  };
  /** Aborts when the person wants the run to stop; what is running is ended and everything is cleaned up. */
  readonly signal: AbortSignal;
  /** Absent: artifacts stay in the run's folder. */
  readonly artifactStore?: ArtifactStore;
  /** Absent: nobody is at a terminal. */
  readonly person?: Person;
  /** Absent: there is no Ctrl-C that a step could take. */
  readonly interrupts?: Interrupts;
  /** Sends an event on, secrets masked. */
  readonly emit: (event: RunEventBody) => void;
  /** Sends output of the box on, secrets masked; wait for the promise before taking more. */
  readonly output: (bytes: Buffer) => void | Promise<void>;
  /** Sends on what the redactor held back: the output rests. */
  readonly flushOutput: () => void;
  readonly notice: (level: Notice['level'], text: string) => void;
}

/** The same value, every text in it masked; bytes have passed a stream of the redactor already. */
export function redactedValue(value: unknown, redactor: Redactor): unknown {
  if (typeof value === 'string') return redactor.text(value);
  if (Array.isArray(value)) return value.map((item) => redactedValue(item, redactor));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, redactedValue(item, redactor)]));
}

function redactedEvent(event: RunEventBody, redactor: Redactor): RunEventBody {
  if (event.type === 'step-output') return event;
  const { type, ...rest } = event;
  return { type, ...(redactedValue(rest, redactor) as object) } as RunEventBody; // the same keys with the same kinds of values
}

type Emitter = Pick<RunContext, 'route' | 'emit' | 'output' | 'flushOutput' | 'notice'>;

/** The sending half of a context: everything passes the redactor on its way to the sink. */
export function createEmitter(sink: RunEventSink, redactor: Redactor, runId: string): Emitter {
  const stream: RedactedStream = redactor.stream();
  const route: RunContext['route'] = {};
  const send = (bytes: Buffer): void | Promise<void> => {
    if (bytes.length === 0) return undefined;
    const { safeId } = route;
    const at = Date.now();
    return sink({ type: 'step-output', at, runId, bytes, ...(safeId === undefined ? {} : { safeId }) });
  };
  const emit = (event: RunEventBody): void => {
    void sink({ ...redactedEvent(event, redactor), runId });
  };
  return {
    route,
    emit,
    output: (bytes) => {
      route.touch?.();
      return send(stream.write(route.sift?.(bytes) ?? bytes));
    },
    flushOutput: () => {
      void send(stream.flush());
    },
    notice: (level, text) => emit({ type: 'notice', at: Date.now(), level, text }),
  };
}
