import type { ByteRange } from '../store/index.ts';
import { DownloadError } from './error.ts';
import { fileNameOf } from './file-name.ts';
import {
  brokenOff,
  createHttpClient,
  type HttpAnswer,
  type HttpClient,
  letGo,
  shownUrl,
} from './http-request.ts';
import type { FetchSource } from './source.ts';

export interface HttpSourceOptions {
  /** An http or https address. */
  readonly url: URL;
  /** A bearer token for its origin. */
  readonly token?: string;
  /** How many parts are read at a time at most. */
  readonly connections: number;
  /** How long nothing may come before a read fails, in milliseconds. */
  readonly stallTimeoutMs: number;
  readonly signal: AbortSignal;
}

/** Asks a server what it has at an address. Throws `DownloadError`, and `signal.reason`. */
export async function openHttpSource(options: HttpSourceOptions): Promise<FetchSource> {
  const client = createHttpClient(options);
  try {
    return await ask(client, options);
  } catch (error) {
    client[Symbol.dispose]();
    throw error;
  }
}

/** A GET, since a link may be signed for that alone; its first byte, since some servers know no other way to say more. */
async function ask(client: HttpClient, { url, signal }: HttpSourceOptions): Promise<FetchSource> {
  const answer = await client.get(url, { range: 'bytes=0-0' }, signal);
  const about = aboutAnswer(answer);
  letGo(answer);
  return {
    ...about,
    name: shownUrl(url),
    fileName: fileNameOf(answer.header('content-disposition'), answer.url),
    read: (range, readSignal) => read(client, { url, about, range }, readSignal),
    [Symbol.asyncDispose]: async () => client[Symbol.dispose](),
  };
}

type About = Pick<FetchSource, 'sizeBytes' | 'version' | 'sha256' | 'hasRanges'>;

function aboutAnswer(answer: HttpAnswer): About {
  const { status, url } = answer;
  const encoding = answer.header('content-encoding') ?? 'identity';
  if (encoding !== 'identity') {
    throw new DownloadError(
      'INVALID',
      `${shownUrl(url)} sends it encoded (${encoding}), which nobody asked for`,
    );
  }
  if (![200, 206, 416].includes(status)) {
    throw new DownloadError('INVALID', `${shownUrl(url)} answered ${status}, which is no download`);
  }
  const sizeBytes = status === 200 ? lengthOf(answer) : totalOf(answer);
  if (status === 416 && sizeBytes !== 0) {
    throw new DownloadError('INVALID', `${shownUrl(url)} answered 416 to a request for its first byte`);
  }
  const version = strongTag(answer);
  const sha256 = digestOf(answer);
  return {
    hasRanges: status === 206 && sizeBytes !== undefined && version !== undefined,
    ...(sizeBytes !== undefined && { sizeBytes }),
    ...(version !== undefined && { version }),
    ...(sha256 !== undefined && { sha256 }),
  };
}

const numberOf = (text: string | undefined): number | undefined => {
  const number = /^\d{1,15}$/.test(text ?? '') ? Number(text) : undefined;
  return number;
};

const lengthOf = (answer: HttpAnswer): number | undefined => numberOf(answer.header('content-length'));

/** `bytes 0-0/1234` */
const totalOf = (answer: HttpAnswer): number | undefined =>
  numberOf(/^bytes\s+(?:\d+-\d+|\*)\/(\d+)$/.exec(answer.header('content-range') ?? '')?.[1]);

/** A weak tag does not promise the same bytes. */
const strongTag = (answer: HttpAnswer): string | undefined =>
  /^"[\x21\x23-\x7e]*"$/.exec(answer.header('etag') ?? '')?.[0];

/** `Repr-Digest: sha-256=:BASE64:` (RFC 9530), of all of it also where a part is sent. */
function digestOf(answer: HttpAnswer): string | undefined {
  const text = /(?:^|[,\s])sha-256=:([A-Za-z0-9+/]{43}=):/.exec(answer.header('repr-digest') ?? '')?.[1];
  return text === undefined ? undefined : Buffer.from(text, 'base64').toString('hex');
}

interface Reading {
  readonly url: URL;
  readonly about: About;
  readonly range: ByteRange | undefined;
}

async function* read(
  client: HttpClient,
  { url, about, range }: Reading,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  const asked = range ?? { start: 0, end: about.sizeBytes ?? Number.POSITIVE_INFINITY };
  if (asked.start >= asked.end) return;
  const { version } = about;
  const headers = {
    ...(range !== undefined && { range: `bytes=${range.start}-${range.end - 1}` }),
    ...(version !== undefined && { 'if-match': version }),
  };
  const answer = await client.get(url, headers, signal);
  try {
    checkAnswer(answer, about, range);
  } catch (error) {
    answer.message.destroy();
    throw error;
  }
  let left = asked.end - asked.start;
  for await (const chunk of client.body(answer, signal)) {
    yield chunk.length > left ? chunk.subarray(0, left) : chunk;
    left -= chunk.length;
    if (left <= 0) return;
  }
  if (Number.isFinite(left)) throw brokenOff(url, `ended ${left} bytes too early`);
}

/** Whether it is what was asked for: the same version, and exactly that range of it. */
function checkAnswer(answer: HttpAnswer, about: About, range: ByteRange | undefined): void {
  const { status, url } = answer;
  const isOther = about.version !== undefined && strongTag(answer) !== about.version;
  if (status === 412 || ((status === 200 || status === 206) && isOther)) throw changed(url);
  if (range === undefined) {
    if (status === 200 && (about.sizeBytes === undefined || lengthOf(answer) === about.sizeBytes)) return;
    throw status === 200 ? changed(url) : unexpected(answer);
  }
  const said = answer.header('content-range');
  const [, start, end] = /^bytes\s+(\d+)-(\d+)\//.exec(said ?? '') ?? [];
  const isAsked = Number(start) === range.start && Number(end) === range.end - 1;
  if (status === 206 && isAsked && totalOf(answer) === about.sizeBytes) return;
  if (status === 416) throw changed(url);
  throw unexpected(answer, `bytes ${range.start}-${range.end - 1}/${about.sizeBytes}`);
}

const changed = (url: URL): DownloadError =>
  new DownloadError('CHANGED', `${shownUrl(url)} is another content by now`);

function unexpected(answer: HttpAnswer, expected = 'all of it'): DownloadError {
  const found = `${answer.status} with ${answer.header('content-range') ?? 'all of it'}`;
  return new DownloadError(
    'INVALID',
    `${shownUrl(answer.url)} sends another range than it was asked for: expected ${expected}, found ${found}`,
  );
}
