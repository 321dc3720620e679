import { AuthError } from '../../auth/index.ts';
import { CacheError, type CacheErrorCode } from '../../cache/index.ts';

/** Why an upload was not taken, as its client is told. */
export interface UploadRefusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
}

/** What the client did, or what it can do something about; everything else is this server's own. */
const STATUS: Readonly<Partial<Record<CacheErrorCode, number>>> = {
  PROTOCOL: 400,
  CORRUPT_OBJECT: 400,
  INVALID_REF: 400,
  FORBIDDEN: 403,
  MISSING_OBJECT: 409,
  TOO_LARGE: 413,
  UNAVAILABLE: 503,
  NO_SPACE: 507,
};

const INTERNAL: UploadRefusal = {
  status: 500,
  code: 'internal',
  message: 'the artifact cache cannot take it; the log of the server has more',
};

const authRefusal = ({ code, message }: AuthError): UploadRefusal =>
  code === 'InsufficientScopes'
    ? { status: 403, code: 'forbidden', message }
    : { status: 401, code: 'unauthenticated', message };

/** The table of errors of uploads: status and body for each. */
export function uploadRefusalOf(error: unknown): UploadRefusal {
  if (error instanceof AuthError) return authRefusal(error);
  const status = error instanceof CacheError ? STATUS[error.code] : undefined;
  if (!(error instanceof CacheError) || status === undefined) return INTERNAL;
  const { code, message, hint } = error;
  // What a store or a disk says of itself names places of this machine.
  if (status >= 500 && code !== 'NO_SPACE' && error.cause !== undefined) return INTERNAL;
  const shown = code === 'NO_SPACE' ? 'there is no room left in the artifact cache' : message;
  return {
    status,
    code: code.toLowerCase().replaceAll('_', '-'),
    message: shown,
    ...(hint !== undefined && { hint }),
  };
}
