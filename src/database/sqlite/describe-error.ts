import type { DatabaseErrorCode } from '../error.ts';
import type { SentError } from './protocol.ts';

// The primary result codes of SQLite, https://www.sqlite.org/rescode.html; extended ones carry them in their last byte.
const CODES: Readonly<Record<number, DatabaseErrorCode>> = {
  5: 'LOCKED', // BUSY
  8: 'REFUSED', // READONLY
  10: 'UNAVAILABLE', // IOERR
  11: 'DAMAGED', // CORRUPT
  13: 'NO_SPACE', // FULL
  14: 'REFUSED', // CANTOPEN
  26: 'DAMAGED', // NOTADB
};

interface SqliteError extends Error {
  readonly errcode: number;
  readonly errstr: string;
}

const isSqliteError = (error: unknown): error is SqliteError => error instanceof Error && 'errcode' in error;

const SENTENCES: Readonly<Partial<Record<DatabaseErrorCode, (file: string, said: string) => SentError>>> = {
  LOCKED: (file) => ({
    code: 'LOCKED',
    message: `The database ${file} is in use: another process has it open, and a SQLite file is one process's alone`,
    hint: 'stop the other process, give this one a file of its own, or use PostgreSQL for several servers',
  }),
  NO_SPACE: (file) => ({
    code: 'NO_SPACE',
    message: `The disk of the database ${file} is full: nothing of this was written`,
    hint: 'make room on that disk',
  }),
  DAMAGED: (file, said) => ({
    code: 'DAMAGED',
    message: `${file} is damaged or no SQLite database: ${said}`,
    hint: 'restore it from a copy, or name another file',
  }),
  REFUSED: (file, said) => ({
    code: 'REFUSED',
    message: `The database ${file} cannot be opened for writing: ${said}`,
    hint: 'check that its folder exists and that this user may write there',
  }),
  UNAVAILABLE: (file, said) => ({
    code: 'UNAVAILABLE',
    message: `The database ${file} could not be read or written: ${said}`,
    hint: 'check the disk that it is on',
  }),
};

/** What the program is told of an error that SQLite threw. */
export function describeError(file: string, error: unknown): SentError {
  if (!isSqliteError(error)) {
    const message = error instanceof Error ? error.message : String(error);
    return { code: 'STATEMENT', message: `A statement for the database ${file} failed: ${message}` };
  }
  const sentence = SENTENCES[CODES[error.errcode & 0xff] ?? 'STATEMENT'];
  if (sentence !== undefined) return sentence(file, error.errstr);
  return { code: 'STATEMENT', message: `A statement for the database ${file} failed: ${error.message}` };
}
