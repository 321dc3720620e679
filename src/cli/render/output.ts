import type { RunEvent } from '../../kernel/index.ts';

/** Something that is told of a run beside what shows it to the person. */
export interface Output {
  /** Takes events in order; must not throw. */
  see(event: RunEvent): void;
  /**
   * When no more events come. With `atOnce` nothing is waited for but this machine's own disk. Throws `OutputError`.
   */
  close(options: { readonly atOnce: boolean }): Promise<void>;
}

/** An output that was asked for could not be made; the run itself went on. */
export class OutputError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'OutputError';
  }
}
