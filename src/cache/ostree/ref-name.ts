/** As long as a path can be on Linux, without the folder of the repository. */
const MAX_REF_BYTES = 3072;
const MAX_COMPONENT_BYTES = 255;

/** libostree's rule: a word character, then those, `-`, `.` and `_`; letters and digits of any script. */
const COMPONENT = /^[\p{L}\p{N}_][\p{L}\p{N}_.-]*$/u;

const isComponent = (text: string) => COMPONENT.test(text) && Buffer.byteLength(text) <= MAX_COMPONENT_BYTES;

/**
 * Whether a text can name a ref: components with single slashes between them, none of which is `.` or `..` or begins with
 * a dot or a hyphen, and which all file systems can hold.
 */
export function isRefName(text: string): boolean {
  if (text.length > MAX_REF_BYTES || Buffer.byteLength(text) > MAX_REF_BYTES) return false;
  return text.split('/').every(isComponent);
}
