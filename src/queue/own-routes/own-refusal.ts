import { DownloadRefusal } from '../../download/index.ts';
import { unreachable } from '../../kernel/index.ts';
import { LogError, type LogErrorCode } from '../../logs/index.ts';
import { type Refusal, refusalOf } from '../service/refusal.ts';
import { NO_ROOM, STORE_LATER } from '../service/store-refusal.ts';

/** What a client is told of an error of these routes: what logs can do, beside what all services say. */
export function ownRefusal(error: unknown): Refusal {
  if (error instanceof LogError) return logRefusal(error.code, error.message);
  if (error instanceof DownloadRefusal) {
    return { status: 400, code: 'InvalidRequestArguments', message: error.message };
  }
  return refusalOf(error);
}

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
      return STORE_LATER;
    default:
      return unreachable(code);
  }
}
