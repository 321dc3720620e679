export interface Ec2MetadataOptions {
  /** Scheme, host and port. @defaultValue the address that the cloud gives it */
  readonly endpoint?: string;
  /** Of one request. @defaultValue 1 s: it is on this machine, or nowhere */
  readonly timeoutMs?: number;
}

/** Why the metadata service said nothing: it is not there, or not what it should be. */
export class Ec2MetadataError extends Error {
  override readonly name = 'Ec2MetadataError';
}

/** What the cloud says of the machine that this runs on. */
export interface Ec2Metadata {
  /**
   * The text at a path such as `latest/meta-data/instance-id`; `undefined` when there is none. Throws `Ec2MetadataError` when
   * the service does not answer in time, or not sensibly.
   */
  get(path: string): Promise<string | undefined>;
}

const ENDPOINT = 'http://169.254.169.254';
const TIMEOUT_MS = 1_000;
/** User data, the largest thing there, has at most 16 KiB. */
const MOST_BYTES = 64 * 1024;
const TOKEN_SECONDS = 21_600;
/** A token is renewed so long before its end. */
const TOKEN_MARGIN_MS = 60_000;

/** The endpoint that the environment names, for machines and tests where it is elsewhere. */
export function ec2Endpoint(environment: NodeJS.ProcessEnv): { readonly endpoint?: string } {
  const named = environment['SLIPWAY_EC2_METADATA_URL'] || environment['AWS_EC2_METADATA_SERVICE_ENDPOINT'];
  return named ? { endpoint: named.replace(/\/+$/, '') } : {};
}

/** Speaks the second version, whose requests carry a session's token, and the first one where there is no second. */
export function createEc2Metadata(options: Ec2MetadataOptions = {}): Ec2Metadata {
  const endpoint = options.endpoint ?? ENDPOINT;
  const timeoutMs = options.timeoutMs ?? TIMEOUT_MS;
  let token: { readonly text: string; readonly until: number } | undefined;
  const request = async (path: string, init: RequestInit): Promise<{ status: number; text: string }> => {
    try {
      const signal = AbortSignal.timeout(timeoutMs);
      const response = await fetch(`${endpoint}/${path}`, { ...init, redirect: 'error', signal });
      return { status: response.status, text: await readBounded(response) };
    } catch (cause) {
      if (cause instanceof Ec2MetadataError) throw cause;
      const why = cause instanceof Error && cause.name === 'TimeoutError' ? 'in time' : 'at all';
      throw new Ec2MetadataError(`the EC2 metadata service at ${endpoint} does not answer ${why}`, { cause });
    }
  };
  const session = async (): Promise<Record<string, string>> => {
    if (token === undefined || token.until < Date.now()) token = await newToken(request);
    return token.text === '' ? {} : { 'x-aws-ec2-metadata-token': token.text };
  };
  return {
    async get(path) {
      let answer = await request(path, { headers: await session() });
      if (answer.status === 401) {
        token = undefined; // it ended early
        answer = await request(path, { headers: await session() });
      }
      if (answer.status === 404) return undefined;
      if (answer.status === 200) return answer.text;
      throw new Ec2MetadataError(`the EC2 metadata service answers /${path} with status ${answer.status}`);
    },
  };
}

type Request = (path: string, init: RequestInit) => Promise<{ status: number; text: string }>;

/** A session's token; an empty one, for an hour, where the service does not know sessions. */
async function newToken(request: Request): Promise<{ text: string; until: number }> {
  const headers = { 'x-aws-ec2-metadata-token-ttl-seconds': String(TOKEN_SECONDS) };
  const { status, text } = await request('latest/api/token', { method: 'PUT', headers });
  if (status === 200 && /^[\x21-\x7e]{1,4096}$/.test(text.trim()))
    return { text: text.trim(), until: Date.now() + TOKEN_SECONDS * 1000 - TOKEN_MARGIN_MS };
  if ([400, 403, 404, 405, 501].includes(status)) return { text: '', until: Date.now() + 3_600_000 };
  throw new Ec2MetadataError(`the EC2 metadata service gives no session token: status ${status}`);
}

async function readBounded(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    if (size > MOST_BYTES)
      throw new Ec2MetadataError(`the EC2 metadata service answers with more than ${MOST_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
