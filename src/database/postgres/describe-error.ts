import { DatabaseError, type DatabaseErrorCode } from '../error.ts';

/** Codes of sockets and of the driver, and of PostgreSQL: https://www.postgresql.org/docs/current/errcodes-appendix.html */
const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : '';

// Nothing was sent, or all of it was rolled back.
const NOT_HAPPENED = new Set([
  'ECONNREFUSED',
  'ENOENT', // no socket there: the server is not up
  'CONNECT_TIMEOUT',
  'NOT_CONNECTED', // another piece of work lost it
  '57P01', // the server is told to stop
  '57P02',
  '57P03', // it starts
  '53300', // too many connections
  '40001', // serialization
  '40P01', // deadlock
]);

/** Whether the server certainly did nothing of it, and may do it when asked again. */
export const cannotHaveHappened = (error: unknown): boolean => NOT_HAPPENED.has(codeOf(error));

/** Whether the connection went away, whatever became of what was sent. */
export const isLost = (error: unknown): boolean => kindOf(codeOf(error)) === 'UNAVAILABLE';

const KINDS: readonly (readonly [RegExp, DatabaseErrorCode])[] = [
  [/^(?:CONNECT|NOT_CONNECTED|E[A-Z]+$|57P|57014|08|53(?!1)|40|55P03|25006)/, 'UNAVAILABLE'],
  [/^(?:28|3D|42501|ERR_|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO|CERT_|SASL)/, 'REFUSED'],
  [/^53100/, 'NO_SPACE'],
  [/^XX00[12]/, 'DAMAGED'],
];

const kindOf = (code: string): DatabaseErrorCode =>
  KINDS.find(([pattern]) => pattern.test(code))?.[1] ?? 'STATEMENT';

const SENTENCES: Readonly<Partial<Record<DatabaseErrorCode, readonly [string, string | undefined]>>> = {
  UNAVAILABLE: ['cannot be reached', 'check that the server runs and takes connections from here'],
  REFUSED: ['refused the connection', 'check user, password, name of the database and sslmode in its URL'],
  NO_SPACE: ['has no space left', 'make room on the disk of the database server'],
  DAMAGED: ['is damaged', 'restore it from a copy'],
};

/** What is thrown for an error of the driver; the name has no password. */
export function describeError(name: string, error: unknown): DatabaseError {
  if (error instanceof DatabaseError) return error;
  const said = error instanceof Error && error.message !== '' ? error.message : codeOf(error);
  // A server that does not speak TLS just goes.
  const kind = said.includes('before secure TLS connection') ? 'REFUSED' : kindOf(codeOf(error));
  const [what, hint] = SENTENCES[kind] ?? ['failed at a statement', undefined];
  return new DatabaseError(kind, `The database ${name} ${what}: ${said}`, {
    cause: error,
    ...(hint !== undefined && { hint }),
  });
}
