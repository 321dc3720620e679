import { DownloadRefusal } from '../../download/index.ts';
import { unreachable } from '../../kernel/index.ts';
import { LogError, type LogErrorCode } from '../../logs/index.ts';
import { StoreError } from '../../store/index.ts';
import { type Refusal, refusalOf } from '../service/refusal.ts';

/** What a client is told of an error of these routes: what logs and stores can do, beside what all services say. */
export function ownRefusal(error: unknown): Refusal {
  if (error instanceof LogError) return logRefusal(error.code, error.message);
  if (error instanceof StoreError) return storeRefusal(error);
  if (error instanceof DownloadRefusal) {
    return { status: 400, code: 'InvalidRequestArguments', message: error.message };
  }
  return refusalOf(error);
}

const NO_ROOM: Refusal = {
  status: 507,
  code: 'InsufficientStorage',
  message: 'There is no room left where the server keeps this. Nothing of it was kept.',
};

const LATER: Refusal = {
  status: 503,
  code: 'InternalServerError',
  message: 'The place where the server keeps this does not answer now: try again.',
  headers: { 'retry-after': '1' },
};

// Messages of logs name the log, and where it is only in those that are not told.
function logRefusal(code: LogErrorCode, message: string): Refusal {
  switch (code) {
    case 'GAP':
    case 'ENDED':
      return { status: 409, code: 'RequestConflict', message };
    case 'TOO_LARGE':
      return { status: 413, code: 'InputTooLarge', message };
    case 'NOT_FOUND':
      return { status: 404, code: 'ResourceNotFound', message };
    case 'INVALID_NAME':
      return { status: 400, code: 'InvalidRequestArguments', message };
    case 'NO_SPACE':
      return NO_ROOM;
    case 'UNAVAILABLE':
      return LATER;
    default:
      return unreachable(code);
  }
}

function storeRefusal({ code }: StoreError): Refusal {
  switch (code) {
    case 'NO_SPACE':
      return NO_ROOM;
    case 'SIZE_MISMATCH':
    case 'DIGEST_MISMATCH':
      return { status: 400, code: 'InputError', message: 'The body is not as long as its length says.' };
    case 'CHANGED':
      return { ...LATER, message: 'The artifact was replaced meanwhile: try again.' };
    default:
      return LATER;
  }
}
