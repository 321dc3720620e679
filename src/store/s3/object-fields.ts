import { StoreError } from '../error.ts';
import type { PutOptions, StoredObject } from '../store.ts';
import type { Bucket } from './bucket.ts';

/** What S3 keeps beside an object for us, as `x-amz-meta-NAME`. */
const SHA256 = 'sha256';
const EXPIRES_AT = 'expires-at';
const PUT_ID = 'put';

// What S3 says of an object whose kind it was not told: as good as nothing.
const UNKNOWN_MEDIA_TYPE = 'binary/octet-stream';

/** What is told of an object when it is put. */
export interface ToldFields {
  readonly mediaType: string | undefined;
  readonly expiresAt: number | undefined;
  readonly sha256: string | undefined;
  /** Of this one put: by it an object is known again where the answer got lost. */
  readonly putId: string;
}

/** The parameters with which an object begins, whether in one piece or in parts; its ACL is for `sendWithAcl`. */
export function newObjectFields({ location }: Bucket, { mediaType, expiresAt, sha256, putId }: ToldFields) {
  const encryption = location.encryption === 'none' ? {} : ({ ServerSideEncryption: 'AES256' } as const);
  return {
    ...encryption,
    ContentType: mediaType ?? UNKNOWN_MEDIA_TYPE,
    Metadata: {
      ...(sha256 !== undefined && { [SHA256]: sha256 }),
      ...(expiresAt !== undefined && { [EXPIRES_AT]: String(expiresAt) }),
      [PUT_ID]: putId,
    },
  };
}

/** What S3 answers about an object, as the SDK names it. */
export interface AnsweredFields {
  readonly ETag?: string | undefined;
  readonly LastModified?: Date | undefined;
  readonly ContentType?: string | undefined;
  readonly Metadata?: Readonly<Record<string, string>> | undefined;
}

/** The put that an object comes from; absent where it comes from another program. */
export const putIdOf = ({ Metadata }: AnsweredFields): string | undefined => Metadata?.[PUT_ID];

/** An ETag as a version, and back. */
export const versionOf = (etag: string): string => etag.replace(/^(?:W\/)?"|"$/g, '');
export const etagOf = (version: string): string => `"${version}"`;

/** The object that an answer tells of. Throws `PROTOCOL`. */
export function storedObject(
  key: string,
  sizeBytes: number | undefined,
  answer: AnsweredFields,
): StoredObject {
  const { ETag, LastModified, ContentType, Metadata = {} } = answer;
  if (sizeBytes === undefined || ETag === undefined || LastModified === undefined) {
    throw new StoreError('PROTOCOL', `S3 says too little of ${key}: expected its size, ETag and time`);
  }
  const { [SHA256]: sha256 = '', [EXPIRES_AT]: expiresAt = '' } = Metadata; // others may write there what they like
  return {
    key,
    sizeBytes,
    modifiedAt: LastModified.getTime(),
    version: versionOf(ETag),
    ...(/^[0-9a-f]{64}$/.test(sha256) && { sha256 }),
    ...(ContentType !== undefined && ContentType !== UNKNOWN_MEDIA_TYPE && { mediaType: ContentType }),
    ...(/^\d{1,15}$/.test(expiresAt) && { expiresAt: Number(expiresAt) }),
  };
}

/** The fields of `PutOptions` that an object keeps, where they are told. */
export const keptFields = ({
  mediaType,
  expiresAt,
}: PutOptions): Pick<StoredObject, 'mediaType' | 'expiresAt'> => ({
  ...(mediaType !== undefined && { mediaType }),
  ...(expiresAt !== undefined && { expiresAt }),
});
