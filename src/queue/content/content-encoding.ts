// Behind the media type of the object: a store keeps one text with each, and both change with the bytes, or not at all.
const MARK = '; x-slipway-encoding=';
const CODING = /^[A-Za-z0-9!#$&^_.+-]{1,40}$/;

/** Whether a `Content-Encoding` can be kept: one coding, or none. */
export const isCoding = (text: string): boolean => CODING.test(text);

/** The media type under which an object is stored. */
export const storedType = (contentType: string, coding: string | undefined): string =>
  coding === undefined || coding === 'identity' ? contentType : `${contentType}${MARK}${coding}`;

/** The coding of a stored object; `undefined`: none. */
export function codingOf(mediaType: string | undefined): string | undefined {
  const at = mediaType?.lastIndexOf(MARK) ?? -1;
  if (mediaType === undefined || at < 0) return undefined;
  const coding = mediaType.slice(at + MARK.length);
  return isCoding(coding) ? coding.toLowerCase() : undefined;
}

/**
 * Whether a client said that it takes a coding (RFC 9110, section 12.5.3). One that says nothing may be given anything; it is
 * given what it can read without knowing of codings.
 */
export function takesCoding(header: string | undefined, coding: string): boolean {
  if (header === undefined) return false;
  let anything = false;
  for (const part of header.toLowerCase().split(',')) {
    const [name = '', ...parameters] = part.split(';').map((text) => text.trim());
    const weight = parameters.find((text) => text.startsWith('q='));
    const isTaken = weight === undefined || Number(weight.slice(2)) > 0;
    if (name === coding || name === `x-${coding}`) return isTaken;
    if (name === '*') anything = isTaken;
  }
  return anything;
}
