import type { ImageDetails } from '../../engine/index.ts';
import { formatImageName, type ImageName, parseImageName } from '../../registry/index.ts';
import { isMadeByRun } from '../../runner/index.ts';

/** A name in full, with tag or digest; `undefined` where it is none, as an image's id. */
export function fullImageName(text: string): string | undefined {
  const parsed = parseImageName(text);
  if (!parsed.ok) return undefined;
  const { tag, digest, ...rest } = parsed.value;
  return formatImageName({ ...rest, ...(digest === undefined ? { tag: tag ?? 'latest' } : { digest }) });
}

const isSameRepository = (a: ImageName, b: ImageName): boolean =>
  a.registry === b.registry && a.path === b.path;

/**
 * Whether an image has a name that a pipeline gave it here, and that no registry has it under. A pipeline can call anything
 * by any name; whoever else asks for that name means what the registry has.
 */
export function isNamedByPipeline({ labels, digests }: ImageDetails, name: string): boolean {
  const asked = parseImageName(name);
  if (!asked.ok || !isMadeByRun(labels)) return false;
  return !digests.some((text) => {
    const known = parseImageName(text);
    return known.ok && isSameRepository(known.value, asked.value);
  });
}
