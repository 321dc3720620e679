import type { Engine } from '../engine/index.ts';
import type { Notice, RedactedStream, Redactor, RunEvent, RunEventSink } from '../kernel/index.ts';
import type { Owner } from './owner.ts';
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
  readonly route: { safeId?: string | undefined; touch?: (() => void) | undefined };
  /** Aborts when the person wants the run to stop; what is running is ended and everything is cleaned up. */
  readonly signal: AbortSignal;
  /** Absent: nobody is at a terminal. */
  readonly person?: Person;
  /** Sends an event on, secrets masked. */
  readonly emit: (event: RunEvent) => void;
  /** Sends output of the box on, secrets masked; wait for the promise before taking more. */
  readonly output: (bytes: Buffer) => void | Promise<void>;
  /** Sends on what the redactor held back: the output rests. */
  readonly flushOutput: () => void;
  readonly notice: (level: Notice['level'], text: string) => void;
}

function redacted(event: RunEvent, redactor: Redactor): RunEvent {
  if (event.type === 'step-output') return event;
  const entries = Object.entries(event).map(([key, value]) => [
    key,
    typeof value === 'string' && key !== 'type' ? redactor.text(value) : value,
  ]);
  return Object.fromEntries(entries) as RunEvent; // the same keys with the same kinds of values
}

type Emitter = Pick<RunContext, 'route' | 'emit' | 'output' | 'flushOutput' | 'notice'>;

/** The sending half of a context: everything passes the redactor on its way to the sink. */
export function createEmitter(sink: RunEventSink, redactor: Redactor): Emitter {
  const stream: RedactedStream = redactor.stream();
  const route: RunContext['route'] = {};
  const send = (bytes: Buffer): void | Promise<void> => {
    if (bytes.length === 0) return undefined;
    const { safeId } = route;
    return sink({ type: 'step-output', at: Date.now(), bytes, ...(safeId === undefined ? {} : { safeId }) });
  };
  const emit = (event: RunEvent): void => {
    void sink(redacted(event, redactor));
  };
  return {
    route,
    emit,
    output: (bytes) => {
      route.touch?.();
      return send(stream.write(bytes));
    },
    flushOutput: () => {
      void send(stream.flush());
    },
    notice: (level, text) => emit({ type: 'notice', at: Date.now(), level, text }),
  };
}
