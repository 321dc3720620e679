import { fail, ok, type Result } from '../kernel/index.ts';
import {
  checkDigest,
  checkHost,
  checkPath,
  checkTag,
  type ImageNameProblem,
  MAX_PATH,
} from './image-name-checks.ts';
import { cutName, type Pieces } from './image-name-cut.ts';

/** Docker Hub, the registry of names that do not say one. */
export const DOCKER_HUB = 'docker.io';

/** An image's name with nothing left to guess. */
export interface ImageName {
  /** Host, in lower case, and port: `docker.io`, `localhost:5000`. */
  readonly registry: string;
  /** `library/redis`, never empty. */
  readonly path: string;
  /** Absent: none was written, which is not the same as `latest` where there is a digest. */
  readonly tag?: string;
  /** `sha256:…` */
  readonly digest?: string;
}

const MAX_LENGTH = 1024; // host, path, tag and digest at their longest are 790
const FORBIDDEN = /[^\w.\-/:@[\]]/u;
const IMAGE_ID = /^[0-9a-f]{64}$/;

/**
 * Reads `[host[:port]/]path[:tag][@digest]` by Docker's rules: a first part without dot or colon that is not
 * `localhost` belongs to the path, no host means Docker Hub, and a single part there is in `library`.
 */
export function parseImageName(text: string): Result<ImageName, ImageNameProblem> {
  const problem = checkText(text);
  if (problem !== undefined) return fail(problem);
  const pieces = cutName(text);
  const wrong = checkPieces(pieces);
  if (wrong !== undefined) return fail(wrong);
  const name = normalise(pieces);
  return name.path.length > MAX_PATH ? fail(tooLong(pieces)) : ok(name);
}

/** The name in full: `docker.io/library/redis:7`. */
export function formatImageName({ registry, path, tag, digest }: ImageName): string {
  return `${registry}/${path}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`;
}

/** The shortest text that means the same image: `redis:7` for `docker.io/library/redis:7`. */
export function familiarName(name: ImageName): string {
  const full = formatImageName(name);
  const shorter = [`${DOCKER_HUB}/library/`, `${DOCKER_HUB}/`]
    .filter((prefix) => full.startsWith(prefix))
    .map((prefix) => full.slice(prefix.length));
  // Not every name can be shortened: the path of `docker.io/my.team/app` alone would name the host `my.team`.
  return shorter.find((text) => means(text, full)) ?? full;
}

/** Docker Hub goes by more than one name. */
export function normaliseHost(host: string): string {
  const lower = host.toLowerCase();
  return lower === 'index.docker.io' ? DOCKER_HUB : lower;
}

function means(text: string, full: string): boolean {
  const parsed = parseImageName(text);
  return parsed.ok && formatImageName(parsed.value) === full;
}

function checkText(text: string): ImageNameProblem | undefined {
  if (text === '') return { reason: 'it is empty', position: 0 };
  if (text.length > MAX_LENGTH) {
    return { reason: `it is longer than ${MAX_LENGTH} characters`, position: MAX_LENGTH };
  }
  const scheme = /^[^/]*:\/\//.exec(text)?.[0];
  if (scheme !== undefined)
    return { reason: 'an image is named without "://" and what is before it', position: 0 };
  const position = text.search(FORBIDDEN);
  if (position >= 0) return { reason: forbidden(text.codePointAt(position) ?? 0), position };
  if (!IMAGE_ID.test(text)) return undefined;
  return { reason: '64 hexadecimal digits are an image’s id and not a name', position: 0 };
}

function forbidden(code: number): string {
  if (code === 0x20) return 'it has a space in it';
  const printable = code > 0x20 && code < 0x7f;
  const shown = printable
    ? `"${String.fromCodePoint(code)}"`
    : `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
  return `the character ${shown} is not allowed`;
}

function checkPieces({ host, path, tag, digest }: Pieces): ImageNameProblem | undefined {
  return (
    (host && checkHost(host)) ?? checkPath(path) ?? (tag && checkTag(tag)) ?? (digest && checkDigest(digest))
  );
}

function tooLong({ path }: Pieces): ImageNameProblem {
  return { reason: `the repository is longer than ${MAX_PATH} characters`, position: path.at };
}

function normalise({ host, path, tag, digest }: Pieces): ImageName {
  const registry = normaliseHost(host?.text ?? DOCKER_HUB);
  const official = registry === DOCKER_HUB && !path.text.includes('/');
  return {
    registry,
    path: official ? `library/${path.text}` : path.text,
    ...(tag && { tag: tag.text }),
    ...(digest && { digest: digest.text }),
  };
}
