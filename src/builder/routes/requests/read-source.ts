import { formatImageName, type ImageName, parseImageName } from '../../../registry/index.ts';
import { RouteError } from '../route-error.ts';
import { shown } from './read-json.ts';

/** Checks the name of an image that may be extended; `allowed` as `isAllowedSource` has it. Throws `RouteError`. */
export function readSource(text: string, allowed: readonly string[]): string {
  const parsed = parseImageName(text);
  if (!parsed.ok) throw invalid(`${shown(text)} is no image’s name: ${parsed.error.reason}`);
  if (allowed.length > 0 && !isAllowedSource(parsed.value, allowed))
    throw invalid(`${shown(text)} is none of the images that may be extended here`);
  return text;
}

const invalid = (detail: string): RouteError =>
  new RouteError(400, 'Invalid source for the build.', { detail: `source: ${detail}` });

/**
 * Whether an image is one of those that are listed: names as they are written anywhere (`redis:7`, `ghcr.io/team/app`), with a
 * star at the end for all that begin so. Without a tag every tag is meant.
 */
export const isAllowedSource = (name: ImageName, allowed: readonly string[]): boolean =>
  allowed.some((pattern) => fits(name, pattern));

function fits(name: ImageName, pattern: string): boolean {
  const isBeginning = pattern.endsWith('*');
  const text = isBeginning ? pattern.slice(0, -1) : pattern;
  if (isBeginning) return beginnings(name).some((full) => full.startsWith(text));
  const parsed = parseImageName(text);
  if (!parsed.ok) return false;
  const { tag, digest } = parsed.value;
  const { tag: _tag, digest: _digest, ...bare } = name;
  const isAny = tag === undefined && digest === undefined;
  return formatImageName(isAny ? bare : name) === formatImageName(parsed.value);
}

/** In full, and without what Docker Hub's names leave out. */
function beginnings(name: ImageName): string[] {
  const full = formatImageName(name);
  return [full, full.replace(/^docker\.io\/(?:library\/)?/, '')];
}
