/** An image's name in the two parts that the Engine API wants. */
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
