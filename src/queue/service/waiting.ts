/** Signals of calls that wait for something: each aborts when its client has gone, all of them when the server stops. */
export interface Waiting {
  /** `whenGone` is called with what is to be done then. */
  signal(whenGone: (end: () => void) => void): AbortSignal;
}

// Made once: an error with its stack for each answer would be for nobody.
const GONE = new Error('nobody waits for the answer any more');

/** One listener on the server's signal, for however many calls wait. */
export function createWaiting(stopping: AbortSignal): Waiting {
  const all = new Set<AbortController>();
  stopping.addEventListener('abort', () => {
    for (const each of all) each.abort(stopping.reason);
    all.clear();
  });
  return {
    signal(whenGone) {
      if (stopping.aborted) return stopping;
      const controller = new AbortController();
      all.add(controller);
      whenGone(() => {
        all.delete(controller);
        controller.abort(GONE);
      });
      return controller.signal;
    },
  };
}
