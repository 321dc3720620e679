import { StoreError } from '../error.ts';
import type { PutOptions, StoredObject } from '../store.ts';
import { protocolError } from './answers.ts';
import type { HttpAnswer } from './exchange.ts';
import { Etag } from './schema.ts';

const META = 'opc-meta-';
const SHA256 = `${META}sha256`;
const EXPIRES_AT = `${META}expires-at`;
/** Of one upload: who is told that there is an object already can see by it whether it is its own. */
const UPLOAD = `${META}put`;

const HEX_SHA256 = /^[0-9a-f]{64}$/;
const WHOLE = /^\d{1,15}$/;

/** An object with what only this store's calls need to know. */
export interface OciObject {
  readonly object: StoredObject;
  readonly upload?: string;
}

/** What is kept with an object, as headers; an upload in parts takes the same names in its body. */
export function metadata(
  options: PutOptions,
  sha256: string | undefined,
  upload: string,
): Record<string, string> {
  return {
    [UPLOAD]: upload,
    ...(sha256 !== undefined && { [SHA256]: sha256 }),
    ...(options.expiresAt !== undefined && { [EXPIRES_AT]: String(Math.trunc(options.expiresAt)) }),
  };
}

/**
 * What the headers of an answer to GET or HEAD say. The size is of the whole object, also where a range of it was asked
 * for. Throws `PROTOCOL` where they say too little.
 */
export function readObject(key: string, answer: HttpAnswer, what: string): OciObject {
  const sha256 = answer.header(SHA256);
  const expiresAt = answer.header(EXPIRES_AT);
  const mediaType = answer.header('content-type');
  const upload = answer.header(UPLOAD);
  return {
    object: {
      key,
      sizeBytes: readSize(answer, what),
      ...readVersion(answer, what),
      ...(sha256 !== undefined && HEX_SHA256.test(sha256) && { sha256 }),
      ...(mediaType !== undefined && { mediaType }),
      ...(expiresAt !== undefined && WHOLE.test(expiresAt) && { expiresAt: Number(expiresAt) }),
    },
    ...(upload !== undefined && { upload }),
  };
}

/** What an answer says of the version it is about, be it read or just written. Throws `PROTOCOL`. */
export function readVersion(answer: HttpAnswer, what: string): Pick<StoredObject, 'version' | 'modifiedAt'> {
  const version = readEtag(answer, what);
  const modifiedAt = Date.parse(answer.header('last-modified') ?? '');
  if (!Number.isFinite(modifiedAt)) throw protocolError(what, 'no last-modified');
  return { version, modifiedAt };
}

/** A strong entity tag without quotes, as the service writes them; gateways before it may add quotes. Throws `PROTOCOL`. */
export function readEtag(answer: HttpAnswer, what: string): string {
  const etag = Etag.safeParse(answer.header('etag')?.replace(/^"(.*)"$/, '$1'));
  if (etag.success) return etag.data;
  throw protocolError(what, 'no strong etag');
}

function readSize(answer: HttpAnswer, what: string): number {
  const text =
    answer.status === 206
      ? (/^bytes \d+-\d+\/(\d+)$/.exec(answer.header('content-range') ?? '')?.[1] ?? '')
      : (answer.header('content-length') ?? '');
  if (WHOLE.test(text)) return Number(text);
  throw protocolError(what, 'no length');
}

export const isExpired = ({ expiresAt }: StoredObject, now: number): boolean =>
  expiresAt !== undefined && expiresAt <= now;

/** Throws `CHANGED` where it is another version than the one that was asked for. */
export function checkVersion(object: StoredObject, ifVersion: string | undefined, what: string): void {
  if (ifVersion === undefined || object.version === ifVersion) return;
  throw new StoreError('CHANGED', `${what}: another version is there by now`);
}
