import type { ByteRange } from '../../store/index.ts';
import type { DownloadContent } from '../content.ts';
import { contentDisposition } from './content-disposition.ts';
import { formatHttpDate } from './http-date.ts';

type Headers = Record<string, string>;

/** What a browser is told to do with a content; `none`: nothing is said, since no browser is meant. */
export type Disposition = 'attachment' | 'inline' | 'none';

/** What a content is, for one who may have it already (304) as for one who gets it. */
export function validatorsOf({ etag, modifiedAt }: DownloadContent): Headers {
  const modified = formatHttpDate(modifiedAt);
  return { etag: `"${etag}"`, ...(modified !== undefined && { 'last-modified': modified }) };
}

/** The headers of a content, whichever part of it is sent. */
export function contentHeaders(content: DownloadContent, disposition: Disposition): Headers {
  return {
    ...validatorsOf(content),
    'accept-ranges': 'bytes',
    'content-type': mediaTypeOf(content),
    ...(disposition !== 'none' && {
      'content-disposition': contentDisposition(disposition, content.fileName),
    }),
    'x-content-type-options': 'nosniff',
    ...(content.sha256 !== undefined && { 'repr-digest': reprDigest(content.sha256) }),
  };
}

/** RFC 9530: of all of the content, also where a part is sent. */
const reprDigest = (sha256: string): string => `sha-256=:${Buffer.from(sha256, 'hex').toString('base64')}:`;

/** As the content says, unless that is nothing that a header can hold: it may come from whoever stored it. */
export const mediaTypeOf = ({ mediaType }: DownloadContent): string =>
  /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+(?:[\t ]*;[\t -~]*)?$/.test(mediaType)
    ? mediaType
    : 'application/octet-stream';

/** `bytes 0-499/1234`. */
export const contentRange = ({ start, end }: ByteRange, sizeBytes: number): string =>
  `bytes ${start}-${end - 1}/${sizeBytes}`;

/** What a 304 may say beside the validators: how long, and for whom, the answer is good (RFC 9110, section 15.4.5). */
export function cacheHeaders(headers: Readonly<Headers>): Headers {
  const kept = ['cache-control', 'content-location', 'expires', 'vary'];
  return Object.fromEntries(Object.entries(headers).filter(([name]) => kept.includes(name.toLowerCase())));
}
