import { ArchiveError } from '../../archive/index.ts';
import { ArtifactError } from '../../artifacts/index.ts';
import { StoreError } from '../../store/index.ts';
import type { LinkRefusal } from '../links/sign-link.ts';

/** What an answer that is no download says, and with which status: all of them, for the JSON and for the pages. */
const ANSWERS = {
  BAD_REQUEST: [400, 'the request cannot be understood'],
  NO_LINK: [401, 'a signed link or a token is needed for this'],
  INVALID_LINK: [403, 'the link is not valid: it is not whole, or was made for something else'],
  EXPIRED_LINK: [403, 'the link has expired: ask for a new one'],
  NOT_FOUND: [404, 'there is nothing here'],
  CHANGED: [409, 'what is stored is not what its manifest describes'],
  EXPIRED: [410, 'the artifact has expired'],
  NO_ARCHIVE: [422, 'this cannot be made into such an archive'],
  INTERNAL: [500, 'something went wrong here'],
  STORE_FAILED: [502, 'the store cannot be read'],
  STORE_SILENT: [504, 'the store does not answer'],
} as const;

export type RefusalCode = keyof typeof ANSWERS;

/** A request that is not answered with what it asked for. The message is for whoever asked. */
export class Refusal extends Error {
  readonly code: RefusalCode;
  readonly status: number;

  constructor(code: RefusalCode, message: string = ANSWERS[code][1], options?: ErrorOptions) {
    super(message, options);
    this.name = 'Refusal';
    this.code = code;
    this.status = ANSWERS[code][0];
  }
}

const LINKS: Readonly<Record<LinkRefusal, RefusalCode>> = {
  missing: 'NO_LINK',
  invalid: 'INVALID_LINK',
  expired: 'EXPIRED_LINK',
};

export const linkRefusal = (why: LinkRefusal): Refusal => new Refusal(LINKS[why]);

function storeCode({ code }: StoreError): RefusalCode {
  if (code === 'TIMEOUT') return 'STORE_SILENT';
  if (code === 'CHANGED') return 'CHANGED';
  return code === 'INVALID_KEY' ? 'NOT_FOUND' : 'STORE_FAILED';
}

/** What to answer for an error. What a store said stays out of the answer: it may name what is nobody else's business. */
export function asRefusal(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  const options = { cause: error };
  if (error instanceof StoreError) return new Refusal(storeCode(error), undefined, options);
  if (error instanceof ArtifactError) return new Refusal('STORE_FAILED', undefined, options);
  if (error instanceof ArchiveError) return new Refusal('NO_ARCHIVE', undefined, options);
  return new Refusal('INTERNAL', undefined, options);
}
