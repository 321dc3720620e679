import { EXIT, type ExitCode } from './exit-code.ts';

/** A command that is understood but cannot do what it is for, with what to do about it. */
export class CommandError extends Error {
  readonly hint: string | undefined;
  readonly exitCode: ExitCode;

  constructor(message: string, hint?: string, exitCode: ExitCode = EXIT.failed) {
    super(message);
    this.name = 'CommandError';
    this.hint = hint;
    this.exitCode = exitCode;
  }
}
