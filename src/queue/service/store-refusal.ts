import type { StoreError } from '../../store/index.ts';
import type { Refusal } from './refusal.ts';

export const NO_ROOM: Refusal = {
  status: 507,
  code: 'InsufficientStorage',
  message: 'There is no room left where the server keeps this. Nothing of it was kept.',
};

export const STORE_LATER: Refusal = {
  status: 503,
  code: 'InternalServerError',
  message: 'The place where the server keeps this does not answer now: try again.',
  headers: { 'retry-after': '1' },
};

/** What a client is told of an error of the store. */
export function storeRefusal({ code }: StoreError): Refusal {
  switch (code) {
    case 'NO_SPACE':
      return NO_ROOM;
    case 'SIZE_MISMATCH':
    case 'DIGEST_MISMATCH':
      return { status: 400, code: 'InputError', message: 'The body is not as long as its length says.' };
    case 'CHANGED':
      return { ...STORE_LATER, message: 'The artifact was replaced meanwhile: try again.' };
    default:
      return STORE_LATER;
  }
}
