/** What the program's exit status means; docs/exit-codes.md is the page for users. */
export const EXIT = {
  passed: 0,
  /** A step failed, the run could not start, the file has mistakes, the run was interrupted. */
  failed: 1,
  /** A flag or argument that is not understood; nothing was done. */
  usage: 2,
  unknownCommand: 3,
  /** A step failed, the run was held, and nobody decided in time. */
  holdExpired: 4,
  /** A task that was submitted ended without a result of its own: canceled, too late, its workers lost, not understood. */
  taskException: 5,
  /** A mistake in Slipway itself. */
  internal: 70,
  /** A worker gave up: its engine was gone, or its disk full, for too long. A supervisor starts it again, or replaces the machine. */
  unhealthy: 75,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** A command line that is not understood: what was found, what was expected. */
export class UsageError extends Error {
  readonly exitCode: ExitCode;
  /** The command whose help says more, where the words do not name it themselves. */
  readonly command?: string;

  constructor(message: string, exitCode: ExitCode = EXIT.usage, command?: string) {
    super(message);
    this.name = 'UsageError';
    this.exitCode = exitCode;
    if (command !== undefined) this.command = command;
  }
}
