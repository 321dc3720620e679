import { fail, ok, type Result } from '../../kernel/index.ts';

/** An image name cut into its parts; nothing is added that was not written. */
export interface ImageName {
  readonly repository: string;
  readonly tag?: string;
  readonly digest?: string;
}

/** With what stands after a second colon, which the original ignores. */
export interface ParsedImageName {
  readonly image: ImageName;
  readonly ignored?: string;
}

const DIGEST = /^[a-z][a-z0-9]*(?:[.+_-][a-z0-9]+)*:[0-9a-f]{32,}$/;
const TAG = /^\w[\w.-]{0,127}$/;

/**
 * Reads `[HOST[:PORT]/]PATH[:TAG][@DIGEST]`, or says in one sentence what is wrong.
 *
 * A part that holds `$` is taken as it is: it is expanded and checked when the image is fetched.
 */
export function parseImageName(text: string): Result<ParsedImageName, string> {
  if (/\s/.test(text)) return fail('an image name has no spaces');
  const [name = '', digest, ...more] = text.split('@');
  if (digest !== undefined && (more.length > 0 || !isDigest(digest))) {
    return fail('after "@" an image name takes a digest such as sha256:… with 64 hexadecimal digits');
  }
  const colon = name.indexOf(':', name.lastIndexOf('/') + 1);
  const repository = colon === -1 ? name : name.slice(0, colon);
  const [tag, ...rest] = colon === -1 ? [] : name.slice(colon + 1).split(':');
  if (repository === '') return fail('the image has no name');
  if (tag !== undefined && !isTag(tag)) {
    return fail('a tag has only letters, digits, "_", "." and "-", at most 128 of them');
  }
  const image = { repository, ...(tag !== undefined && { tag }), ...(digest !== undefined && { digest }) };
  return ok({ image, ...(rest.length > 0 && { ignored: rest.join(':') }) });
}

export const isTag = (text: string): boolean => text.includes('$') || TAG.test(text);

const isDigest = (text: string): boolean => text.includes('$') || DIGEST.test(text);
