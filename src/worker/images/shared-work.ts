/** What several want at once is done once. */
export class SharedWork<T, Progress> {
  readonly #running = new Map<string, Running<T, Progress>>();

  /**
   * Starts `work`, or joins the one that goes on under this key. Whose signal aborts leaves with its reason; the work is
   * aborted when the last has left.
   */
  async join(key: string, joiner: Joiner<Progress>, work: Work<T, Progress>): Promise<T> {
    joiner.signal.throwIfAborted();
    const running = this.#running.get(key) ?? this.#start(key, { first: joiner, work });
    running.joiners.add(joiner);
    const left = Promise.withResolvers<never>();
    const leave = (): void => left.reject(joiner.signal.reason);
    joiner.signal.addEventListener('abort', leave, { once: true });
    try {
      return await Promise.race([running.result, left.promise]);
    } finally {
      joiner.signal.removeEventListener('abort', leave);
      running.joiners.delete(joiner);
      if (running.joiners.size === 0) this.#stop(key, running);
    }
  }

  #start(key: string, { first, work }: Starting<T, Progress>): Running<T, Progress> {
    const joiners = new Set([first]); // it may tell of its progress at once
    const aborting = new AbortController();
    const tell = (progress: Progress): void => {
      for (const { onProgress } of joiners) onProgress(progress);
    };
    const result = work({ signal: aborting.signal, tell });
    result.catch(() => {}); // who joined is told
    const running = { joiners, aborting, result };
    this.#running.set(key, running);
    return running;
  }

  #stop(key: string, running: Running<T, Progress>): void {
    if (this.#running.get(key) === running) this.#running.delete(key);
    running.aborting.abort(new Error('nobody wants it any more'));
  }
}

export interface Joiner<Progress> {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
}

type Work<T, Progress> = (task: {
  readonly signal: AbortSignal;
  readonly tell: (progress: Progress) => void;
}) => Promise<T>;

interface Starting<T, Progress> {
  readonly first: Joiner<Progress>;
  readonly work: Work<T, Progress>;
}

interface Running<T, Progress> {
  readonly joiners: Set<Joiner<Progress>>;
  readonly aborting: AbortController;
  readonly result: Promise<T>;
}
