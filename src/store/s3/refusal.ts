/** What an S3 server said instead of doing it. */
export interface Refusal {
  /** S3's own word: `NoSuchKey`. A HEAD has no body and so no such word. */
  readonly name: string;
  readonly status: number | undefined;
}

/** What the SDK throws, as far as it is looked at. */
interface Thrown {
  readonly name?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

export function refusalOf(error: unknown): Refusal {
  const thrown: Thrown = typeof error === 'object' && error !== null ? error : {};
  const name = typeof thrown.name === 'string' ? thrown.name : '';
  return { name, status: thrown.$metadata?.httpStatusCode };
}
