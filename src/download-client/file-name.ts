const UNKNOWN = 'download';
const MAX_BYTES = 200; // NAME_MAX is 255, and what is half fetched has a longer name

/**
 * A name for a file from what a server says and the address: one part of a path, without what does not show, and not
 * hidden. A server chooses the name, and never the place.
 */
export function fileNameOf(disposition: string | undefined, url: URL): string {
  const said = disposition === undefined ? undefined : nameIn(disposition);
  return safeName(said ?? '') ?? safeName(decoded(url.pathname) ?? url.pathname) ?? UNKNOWN;
}

/** The name in a `Content-Disposition` (RFC 6266); the encoded one (RFC 8187) counts more. */
function nameIn(disposition: string): string | undefined {
  const encoded = /;\s*filename\*\s*=\s*utf-8'[^']*'([^;\s]+)/i.exec(disposition)?.[1];
  const exact = encoded === undefined ? undefined : decoded(encoded);
  if (exact !== undefined) return exact;
  const plain = /;\s*filename\s*=\s*(?:"((?:\\.|[^"\\])*)"|([^;\s]+))/i.exec(disposition);
  return plain?.[1]?.replace(/\\(.)/g, '$1') ?? plain?.[2];
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined; // a broken sequence says nothing that could be trusted
  }
}

/** `undefined` where nothing is left of it. */
export function safeName(text: string): string | undefined {
  const last =
    text
      .replace(/[/\\]+$/, '')
      .split(/[/\\]/)
      .at(-1) ?? '';
  const shown = last
    .toWellFormed()
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\ufffd:*?"<>|]/gu, '_')
    .replace(/^[.\s]+|[.\s]+$/g, '');
  const name = shortened(shown);
  return name === '' || /^_+$/.test(name) ? undefined : name;
}

/** Cut in the middle: the ending says what to open it with. */
function shortened(name: string): string {
  if (Buffer.byteLength(name) <= MAX_BYTES) return name;
  const ending = /(?:\.\w{1,10}){1,2}$/.exec(name)?.[0] ?? '';
  const start = Buffer.from(name).subarray(0, MAX_BYTES - ending.length);
  return new TextDecoder().decode(start).replace(/\ufffd+$/, '') + ending;
}
