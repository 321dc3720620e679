const MAX_NAME_BYTES = 255; // NAME_MAX: where it is saved it could not be longer
const MAX_ENDING_BYTES = 20; // what is kept of a name that is cut, as `.tar.gz`
const UNKNOWN_NAME = 'download';

// Control characters of both kinds, ends of lines and paragraphs, and what turns the direction of text: with it a name
// that ends with `.exe` is seen to end otherwise.
const UNSEEN = /[\p{Cc}\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** A header that suggests a name (RFC 6266); whatever the name holds, it stays one header, and one name without folders. */
export function contentDisposition(type: 'attachment' | 'inline', fileName: string): string {
  const name = plainName(fileName);
  // A percent sign would be decoded by some browsers.
  const fallback = name.replace(/[^ -~]|["\\%]/gu, '_');
  const exact = fallback === name ? '' : `; filename*=UTF-8''${percentEncoded(name)}`;
  return `${type}; filename="${fallback}"${exact}`;
}

/** What can be the name of a file on any system, and is seen as what it is. */
function plainName(fileName: string): string {
  const last = fileName.slice(fileName.lastIndexOf('/') + 1);
  const name = shortened(last.toWellFormed().replace(UNSEEN, '_').replaceAll('\\', '_').trim());
  return name === '' || name === '.' || name === '..' ? UNKNOWN_NAME : name;
}

/** Cut in the middle: the beginning says what it is, the ending how to open it. */
function shortened(name: string): string {
  if (Buffer.byteLength(name) <= MAX_NAME_BYTES) return name;
  const ending = /(?:\.[\w-]+){1,2}$/.exec(name)?.[0] ?? '';
  const kept = ending.length <= MAX_ENDING_BYTES ? ending : '';
  const room = MAX_NAME_BYTES - kept.length;
  const bytes = Buffer.from(name).subarray(0, room);
  return new TextDecoder().decode(bytes).replace(/\ufffd+$/, '') + kept;
}

/** As RFC 8187 wants it: what `encodeURIComponent` leaves as it is, is less than that allows, but for four signs. */
const percentEncoded = (text: string): string =>
  encodeURIComponent(text).replace(/['()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
