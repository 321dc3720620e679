import type { IncomingHttpHeaders } from 'node:http';
import type { DownloadContent } from '../content.ts';
import { matchesStrongly, matchesWeakly } from './entity-tag.ts';
import { parseHttpDate } from './http-date.ts';

type Validators = Pick<DownloadContent, 'etag' | 'modifiedAt'>;

/** What the conditions of a GET or HEAD say, in the order of RFC 9110, section 13.2.2. A header that is no date is not there. */
export function checkConditions(
  headers: IncomingHttpHeaders,
  content: Validators,
): 'send' | 'not-modified' | 'failed' {
  return hasFailed(headers, content) ? 'failed' : isUnchanged(headers, content) ? 'not-modified' : 'send';
}

function hasFailed(headers: IncomingHttpHeaders, content: Validators): boolean {
  const ifMatch = headers['if-match'];
  if (ifMatch !== undefined) return !matchesStrongly(ifMatch, content.etag);
  const since = dateOf(headers['if-unmodified-since']);
  const modified = modifiedSeconds(content);
  return since !== undefined && modified !== undefined && modified > since;
}

function isUnchanged(headers: IncomingHttpHeaders, content: Validators): boolean {
  const ifNoneMatch = headers['if-none-match'];
  if (ifNoneMatch !== undefined) return matchesWeakly(ifNoneMatch, content.etag);
  const since = dateOf(headers['if-modified-since']);
  const modified = modifiedSeconds(content);
  return since !== undefined && modified !== undefined && modified <= since;
}

/** Whether a range is of the content that the other side has a part of. True where it does not say. */
export function rangeStillFits(headers: IncomingHttpHeaders, content: Validators): boolean {
  const ifRange = headers['if-range'];
  if (typeof ifRange !== 'string') return ifRange === undefined;
  if (ifRange.startsWith('"')) return ifRange === `"${content.etag}"`;
  const date = parseHttpDate(ifRange);
  return date !== undefined && date === modifiedSeconds(content);
}

const dateOf = (header: string | undefined): number | undefined =>
  header === undefined ? undefined : parseHttpDate(header);

const modifiedSeconds = ({ modifiedAt }: Validators): number | undefined =>
  modifiedAt === undefined ? undefined : Math.floor(modifiedAt / 1000);
