import { ArchiveError } from '../archive/index.ts';
import { ArtifactError } from '../artifacts/index.ts';
import { EngineError } from '../engine/index.ts';
import { RegistryError } from '../registry/index.ts';
import { StepError } from '../steps/index.ts';
import { BoxError } from './box-error.ts';
import { ImageError } from './images.ts';
import type { RunFailure } from './request.ts';

/** Ends a run before or between its steps, with what is told to the person. */
export class RunError extends Error {
  readonly failure: RunFailure;

  constructor(failure: RunFailure, options?: ErrorOptions) {
    super(failure.message, options);
    this.name = 'RunError';
    this.failure = failure;
  }

  /** What to do. */
  get hint(): string | undefined {
    return this.failure.hint;
  }
}

const withHint = (hint: string | undefined): { hint?: string } => (hint === undefined ? {} : { hint });

/** What a person is told of an error; `undefined` for one that nobody foresaw. */
export function asFailure(error: unknown): RunFailure | undefined {
  if (error instanceof RunError) return error.failure;
  if (error instanceof ImageError)
    return { reason: 'image', message: error.message, ...withHint(error.hint) };
  if (error instanceof BoxError) return { reason: 'box', message: error.message, hint: error.hint };
  if (error instanceof RegistryError) return { reason: 'image', message: error.message };
  if (error instanceof EngineError) return { reason: 'engine', message: error.message };
  if (error instanceof ArtifactError) {
    const hint =
      error.code === 'DISK' ? 'look at the disk of the working folder, or choose another one' : undefined;
    return { reason: 'artifacts', message: `Storing artifacts failed: ${error.message}`, ...withHint(hint) };
  }
  if (error instanceof StepError) return { reason: 'step-unavailable', message: withReason(error) };
  if (error instanceof ArchiveError) return { reason: 'source', message: withReason(error) };
  return systemFailure(error);
}

/** The message, with the system's own reason in words where there is one behind it. */
function withReason(error: Error): string {
  const { cause } = error;
  const code = cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : '';
  const reason = SYSTEM[code];
  return reason === undefined ? error.message : `${error.message} (${reason})`;
}

const SYSTEM: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EACCES: 'this user may not do that',
  EPERM: 'this user may not do that',
  EROFS: 'the file system is read-only',
  EMFILE: 'too many files are open',
};

/** Trouble with this machine's files, in words: what, and where. */
function systemFailure(error: unknown): RunFailure | undefined {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined;
  const reason = SYSTEM[error.code];
  if (reason === undefined) return undefined;
  const path = 'path' in error && typeof error.path === 'string' ? `${error.path}: ` : '';
  return { reason: 'source', message: `${path}${reason}` };
}
