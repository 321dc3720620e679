const RESERVED = /[!'()*]/g;

/** One part of a path: all but the unreserved characters of RFC 3986 are percent-encoded. */
export const pathPart = (text: string): string =>
  encodeURIComponent(text).replace(
    RESERVED,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`, // encodeURIComponent leaves these as they are
  );

/** An object's name in a path: its parts are encoded, the slashes between them stay. */
export const objectPath = (name: string): string => name.split('/').map(pathPart).join('/');

/** A query, encoded like a path: a space is `%20`, since a `+` is a plus to the service's signatures. */
export function queryText(query: Readonly<Record<string, string | undefined>>): string {
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [`${pathPart(name)}=${pathPart(value)}`],
  );
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`;
}
