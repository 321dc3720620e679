import type { RunContext } from './context.ts';

type Close = () => Promise<void>;

/** What a run has made and must remove again, however it ends. */
export interface Teardown {
  /** A container or a connection: all of them are closed together. */
  container(close: Close): void;
  /** An image of the run's own: removed after every container that may be made of it. */
  image(close: Close): void;
  /** A network: closed after everything that is attached to it. */
  network(close: Close): void;
  /**
   * Removes everything. Never rejects: what cannot be removed is told once, and the labels on it let the next run do
   * it. The run's result is what its steps made it.
   */
  run(): Promise<void>;
}

async function closeAll(closing: readonly Close[]): Promise<unknown[]> {
  const outcomes = await Promise.allSettled(closing.map((close) => close()));
  return outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
}

export function createTeardown({ notice }: Pick<RunContext, 'notice'>): Teardown {
  const containers: Close[] = [];
  const later: Close[] = [];
  return {
    container: (close) => {
      containers.push(close);
    },
    image: (close) => {
      later.push(close);
    },
    network: (close) => {
      later.push(close);
    },
    async run() {
      const troubles = [...(await closeAll(containers)), ...(await closeAll(later))];
      const [first] = troubles;
      if (first === undefined) return;
      const reason = first instanceof Error ? first.message : String(first);
      notice(
        'warning',
        `Could not remove all that this run made (${reason}): the next run or "slipway clean" does`,
      );
    },
  };
}
