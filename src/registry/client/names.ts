import { RegistryError } from '../error.ts';
import { checkDigest, checkPath, checkTag, type ImageNameProblem, MAX_PATH } from '../image-name-checks.ts';

/*
 * What goes into a path of a request: nothing else than a repository, a tag or a digest ever gets there.
 */

/** Throws `INVALID_IMAGE`. */
export function checkedRepository(repository: string): string {
  if (repository.length > MAX_PATH) {
    throw invalid(repository, { reason: `it is longer than ${MAX_PATH} characters`, position: 0 });
  }
  const problem = checkPath({ text: repository, at: 0 });
  if (problem !== undefined) throw invalid(repository, problem);
  return repository;
}

/** A tag or a digest. Throws `INVALID_IMAGE`. */
export function checkedReference(reference: string): string {
  const piece = { text: reference, at: 0 };
  const problem = reference.includes(':') ? checkDigest(piece) : checkTag(piece);
  if (problem !== undefined) throw invalid(reference, problem);
  return reference;
}

/** Throws `INVALID_IMAGE`. */
export function checkedDigest(digest: string): string {
  const problem = checkDigest({ text: digest, at: 0 });
  if (problem !== undefined) throw invalid(digest, problem);
  return digest;
}

export const isDigest = (text: string): boolean => checkDigest({ text, at: 0 }) === undefined;

function invalid(text: string, { reason }: ImageNameProblem): RegistryError {
  const shown = JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text);
  return new RegistryError('INVALID_IMAGE', `${shown} cannot be asked for in a registry: ${reason}`);
}
