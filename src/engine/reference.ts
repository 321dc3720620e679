import { EngineError } from './error.ts';

/** An image's name in two parts. */
export interface SplitReference {
  /** With its digest, if it has one. */
  readonly name: string;
  /** `latest` when the reference says nothing; absent beside a digest. */
  readonly tag?: string;
}

/** Takes the tag off a reference: the colon of a port stands before a slash. */
export function splitReference(reference: string): SplitReference {
  if (reference.includes('@')) return { name: reference };
  const [, name = reference, tag = 'latest'] = /^(.*?)(?::([^/:]*))?$/.exec(reference) ?? [];
  return { name, tag };
}

/** Throws `INVALID` for a reference that cannot name anything, or would lead elsewhere in a path: `''`, `a/../b`. */
export function checkReference(reference: string): void {
  const parts = reference.split('/');
  if (!parts.some((part) => part === '' || part === '.' || part === '..')) return;
  throw new EngineError('INVALID', `this is no name or id: ${JSON.stringify(reference)}`);
}
