import { ArtifactError } from '../artifacts/index.ts';
import { AuthError } from '../auth/index.ts';
import { CacheError } from '../cache/index.ts';
import { DownloadRefusal, type RefusalCode } from '../download/index.ts';
import { unreachable } from '../kernel/index.ts';
import { StoreError, type StoreErrorCode } from '../store/index.ts';

/** What a client is told of an error: nothing of this machine, and no more than helps. */
export interface ErrorAnswer {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const REFUSALS: Readonly<Record<RefusalCode, number>> = {
  BAD_REQUEST: 400,
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  WRONG_METHOD: 405,
  CONFLICT: 409,
  GONE: 410,
  BUSY: 503,
  TOO_MANY: 429,
};

/** The one table of errors: what each becomes on the wire. */
export function answerOf(error: unknown): ErrorAnswer {
  if (error instanceof DownloadRefusal) {
    const { code, message, headers } = error;
    return { status: REFUSALS[code], code: code.toLowerCase().replaceAll('_', '-'), message, headers };
  }
  if (error instanceof AuthError) return authAnswer(error);
  if (error instanceof StoreError) return storeAnswer(error.code);
  if (error instanceof ArtifactError) return STORE_FAILED; // what is stored is damaged
  if (error instanceof CacheError) return CACHE_FAILED;
  return requestAnswer(error) ?? INTERNAL;
}

/** 403: a page of somebody else's has sent it. */
const authAnswer = ({ code, message }: AuthError): ErrorAnswer =>
  code === 'InsufficientScopes'
    ? { status: 403, code: 'forbidden', message }
    : { status: 401, code: 'unauthenticated', message };

const INTERNAL: ErrorAnswer = { status: 500, code: 'internal', message: 'internal error' };
const NOT_FOUND: ErrorAnswer = { status: 404, code: 'not-found', message: 'there is no such artifact' };

const STORE_FAILED: ErrorAnswer = {
  status: 502,
  code: 'store-failed',
  message: 'the store of the artifacts failed',
};

// The one status after which `ostree` asks again; every other one ends its pull.
const CACHE_FAILED: ErrorAnswer = {
  status: 500,
  code: 'cache-failed',
  message: 'the artifact cache cannot be read',
};

function storeAnswer(code: StoreErrorCode): ErrorAnswer {
  switch (code) {
    case 'INVALID_KEY':
    case 'CONFLICT':
      return NOT_FOUND;
    case 'CHANGED':
      return {
        status: 503,
        code: 'changed',
        message: 'the artifact was replaced meanwhile: try again',
        headers: { 'retry-after': '1' },
      };
    case 'TIMEOUT':
      return { status: 504, code: 'store-timeout', message: 'the store did not answer in time' };
    case 'FORBIDDEN':
    case 'NO_STORE':
    case 'UNAVAILABLE':
    case 'PROTOCOL':
    case 'TRUNCATED':
    case 'DIGEST_MISMATCH':
    case 'SIZE_MISMATCH':
      return STORE_FAILED;
    case 'NO_SPACE':
      return { status: 507, code: 'no-space', message: 'there is no room left' };
    case 'EXISTS':
      return { status: 409, code: 'conflict', message: 'there is one of that name' };
    default:
      return unreachable(code);
  }
}

const REQUESTS: Readonly<Record<number, string>> = {
  400: 'this request is not understood',
  404: 'there is nothing here',
  405: 'this cannot be done here',
  408: 'the request did not come in time',
  413: 'the request is too large',
  414: 'the address is too long',
  415: 'this kind of content is not understood',
  431: 'the headers of the request are too large',
};

/** What the framework refuses has a status; its own words may name what is inside. */
function requestAnswer(error: unknown): ErrorAnswer | undefined {
  if (!(error instanceof Error && 'statusCode' in error)) return undefined;
  const status = Number(error.statusCode);
  const message = REQUESTS[status];
  return message === undefined ? undefined : { status, code: 'bad-request', message };
}
