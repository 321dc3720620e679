/**
 * A path whose characters are bytes (latin1), because Linux file names need not be UTF-8 and must come out as they went
 * in. Parts are joined and compared like any text.
 */
export type BytePath = string & { readonly bytes: unique symbol };

// biome-ignore lint/suspicious/noControlCharactersInRegex: it is the range that is meant
const ASCII = /^[\x00-\x7f]*$/;

/** From a path as Node's and our other functions have it. */
export function bytePath(text: string): BytePath {
  // The brand is given here and in `joinPath` alone.
  return (ASCII.test(text) ? text : Buffer.from(text).toString('latin1')) as BytePath;
}

/** From bytes, as they stand in an archive or a folder. */
export function bytePathOf(bytes: Buffer): BytePath {
  // As above.
  return bytes.toString('latin1') as BytePath;
}

/** `name` inside of `folder`; the empty folder adds nothing. */
export function joinPath(folder: BytePath, name: string): BytePath {
  // As above.
  return (folder === '' ? name : `${folder}/${name}`) as BytePath;
}

/** For calls of `node:fs`. */
export function fsPath(path: BytePath): string | Buffer {
  return ASCII.test(path) ? path : Buffer.from(path, 'latin1');
}

/** For messages, and for people's patterns. */
export function pathText(path: BytePath): string {
  return ASCII.test(path) ? path : Buffer.from(path, 'latin1').toString();
}
