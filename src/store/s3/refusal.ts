/** What an S3 server said instead of doing it. */
export interface Refusal {
  /** S3's own word: `NoSuchKey`. A HEAD has no body and so no such word. */
  readonly name: string;
  readonly status: number | undefined;
  /** Where the bucket is, where the server says that it is elsewhere. */
  readonly region: string | undefined;
}

/** What the SDK throws, as far as it is looked at. */
interface Thrown {
  readonly name?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: number };
  /** Of the answer's own elements. */
  readonly Region?: unknown;
  readonly $response?: { readonly headers?: Readonly<Record<string, string>> };
}

const REGION = /^[a-z0-9-]{1,40}$/;

export function refusalOf(error: unknown): Refusal {
  const thrown: Thrown = typeof error === 'object' && error !== null ? error : {};
  const name = typeof thrown.name === 'string' ? thrown.name : '';
  const region = thrown.Region ?? thrown.$response?.headers?.['x-amz-bucket-region'];
  return {
    name,
    status: thrown.$metadata?.httpStatusCode,
    region: typeof region === 'string' && REGION.test(region) ? region : undefined,
  };
}
