import { createHash } from 'node:crypto';
import { ArchiveError, extractTarGz } from '../archive/index.ts';
import { fail, ok, type Result } from '../kernel/index.ts';
import { StepError } from './error.ts';
import { get } from './http.ts';
import {
  type HttpAnswer,
  type HttpContext,
  type HttpFailure,
  TransferError,
  throwIfAborted,
} from './http-send.ts';
import { shownUrl } from './shown-url.ts';

/** What is known of an archive before it comes. */
export interface Expected {
  /** SHA-256 in hex. */
  readonly checksum?: string;
  readonly sizeBytes?: number;
}

interface FetchedArchive {
  /** SHA-256 in hex, of what was sent. */
  readonly checksum: string;
  readonly headers: Headers;
}

// No step comes near this.
const MAX_ENTRIES = 100_000;

/**
 * Unpacks the gzip tar that a server answered with into an empty folder, and checks that it is the one expected. Throws
 * `StepError`; every other trouble is a failure, after which the folder is not to be used.
 */
export async function unpackAnswer(
  context: HttpContext,
  answer: HttpAnswer,
  folder: string,
  expected: Expected = {},
): Promise<Result<FetchedArchive, HttpFailure>> {
  const shown = shownUrl(answer.url);
  const invalid = (why: string): Result<never, HttpFailure> =>
    fail({ kind: 'invalid', why: `${shown} ${why}` });
  const { archiveBytes, unpackedBytes } = context.limits;
  const counted = countBytes(answer, archiveBytes);
  try {
    const limits = { totalBytes: unpackedBytes, entries: MAX_ENTRIES };
    await extractTarGz(counted.bytes, folder, { stripGitArchive: true, limits, signal: context.signal });
  } catch (cause) {
    return archiveFailure(context, shown, cause);
  }
  const { checksum, sizeBytes } = counted.result();
  if (expected.sizeBytes !== undefined && expected.sizeBytes !== sizeBytes) {
    return invalid(`has ${sizeBytes} bytes where the registry promises ${expected.sizeBytes}`);
  }
  if (expected.checksum !== undefined && expected.checksum.toLowerCase() !== checksum) {
    return invalid(`has the checksum ${checksum} where the registry promises ${expected.checksum}`);
  }
  return ok({ checksum, headers: answer.headers });
}

/** Asks for an archive and unpacks it. */
export async function fetchArchive(
  context: HttpContext,
  url: URL,
  folder: string,
  expected: Expected = {},
): Promise<Result<FetchedArchive, HttpFailure>> {
  const answer = await get(context, url);
  return answer.ok ? await unpackAnswer(context, answer.value, folder, expected) : answer;
}

function countBytes(
  answer: HttpAnswer,
  maxBytes: number,
): { bytes: AsyncIterable<Uint8Array>; result: () => { checksum: string; sizeBytes: number } } {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  async function* bytes(): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const chunk of answer.body) {
      hash.update(chunk);
      sizeBytes += chunk.length;
      if (sizeBytes > maxBytes) throw new ArchiveError('LIMIT', `It is larger than ${maxBytes} bytes`);
      yield chunk;
    }
  }
  return { bytes: bytes(), result: () => ({ checksum: hash.digest('hex'), sizeBytes }) };
}

function archiveFailure(context: HttpContext, shown: string, cause: unknown): Result<never, HttpFailure> {
  throwIfAborted(context);
  if (cause instanceof TransferError) {
    return fail({ kind: 'unreachable', why: `${shown}: ${cause.message}`, isTransient: true });
  }
  if (!(cause instanceof ArchiveError)) throw cause;
  if (cause.code === 'NO_SPACE' || cause.code === 'IO') {
    throw new StepError('CACHE', `Could not keep the step of ${shown}: ${cause.message}`, { cause });
  }
  return fail({ kind: 'invalid', why: `${shown} cannot be unpacked: ${cause.message}` });
}
