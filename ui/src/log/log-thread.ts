import type { LogReport, LogRequest } from './protocol.ts';

/** A thread that holds a log; dispose it to end it. */
export interface LogThread extends Disposable {
  send(request: LogRequest): void;
}

/** What is used of a `Worker`. */
export type Thread = Pick<Worker, 'postMessage' | 'terminate' | 'onmessage' | 'onerror'>;

interface LogThreadOptions {
  readonly start: () => Thread;
  /** Whether a thread's program did not come, before anybody listened. */
  readonly isBroken: (thread: Thread) => boolean;
  readonly hear: (report: LogReport) => void;
  /** Called once no thread does what it is told. */
  readonly giveUp: () => void;
}

const AGAIN_MS = 300;

/**
 * Opens a thread. One that broke before it said anything is started once more, and told the same: networks change under pages, and
 * its program may just not have come.
 */
export function openThread({ start, isBroken, hear, giveUp }: LogThreadOptions): LogThread {
  // What it was told that has said nothing yet; absent: it has.
  let told: LogRequest[] | undefined = [];
  let isSecond = false;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const begin = (): Thread => {
    const begun = start();
    begun.onmessage = ({ data }: MessageEvent<LogReport>) => {
      told = undefined;
      hear(data);
    };
    begun.onerror = onError;
    if (isBroken(begun)) queueMicrotask(onError);
    return begun;
  };
  const onError = (): void => {
    thread.terminate();
    if (told === undefined || isSecond) {
      giveUp();
      return;
    }
    isSecond = true;
    timer = setTimeout(() => {
      thread = begin();
      for (const request of told ?? []) thread.postMessage(request);
    }, AGAIN_MS);
  };
  let thread = begin();
  return {
    send(request) {
      told?.push(request);
      thread.postMessage(request);
    },
    [Symbol.dispose]() {
      clearTimeout(timer);
      thread.terminate();
    },
  };
}
