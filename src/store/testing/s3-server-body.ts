import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { S3Refusal, type S3Request } from './s3-server-request.ts';

/**
 * The content that a body carries: checked against the digest that the signature covers and against every checksum that
 * came with it. Throws `S3Refusal`.
 */
export function checkBody(request: S3Request, body: Buffer): Buffer {
  const { headers } = request;
  const promised = headers.get('x-amz-content-sha256');
  if (promised === undefined) {
    throw new S3Refusal(400, 'MissingSecurityHeader', 'Your request was missing a required header');
  }
  const { content, trailer } = contentOf(headers, promised, body);
  checkSums(headers, content);
  checkSums(trailer, content);
  return content;
}

interface Carried {
  readonly content: Buffer;
  readonly trailer: ReadonlyMap<string, string>;
}

function contentOf(headers: S3Request['headers'], promised: string, body: Buffer): Carried {
  const plain = { content: body, trailer: new Map<string, string>() };
  if (promised === 'UNSIGNED-PAYLOAD') return plain;
  if (promised === 'STREAMING-UNSIGNED-PAYLOAD-TRAILER') return unchunked(headers, body);
  if (/^[0-9a-f]{64}$/.test(promised)) {
    if (createHash('sha256').update(body).digest('hex') === promised) return plain;
    const message = "The provided 'x-amz-content-sha256' header does not match what was computed.";
    throw new S3Refusal(400, 'XAmzContentSHA256Mismatch', message);
  }
  throw new S3Refusal(501, 'NotImplemented', `This server does not take bodies as ${promised}`);
}

/** `aws-chunked`: chunks with their length in hex before them, an empty one, then headers. */
function unchunked(headers: S3Request['headers'], body: Buffer): Carried {
  const pieces: Buffer[] = [];
  let at = 0;
  const line = (): string => {
    const end = body.indexOf('\r\n', at);
    if (end < 0) throw new S3Refusal(400, 'IncompleteBody', 'The request body terminated unexpectedly');
    const text = body.toString('latin1', at, end);
    at = end + 2;
    return text;
  };
  for (let size = chunkSize(line()); size > 0; size = chunkSize(line())) {
    pieces.push(body.subarray(at, at + size));
    at += size;
    if (line() !== '') throw new S3Refusal(400, 'InvalidChunkSizeError', 'A chunk is longer than it says');
  }
  const trailer = new Map<string, string>();
  for (let text = line(); text !== ''; text = line()) {
    const [name = '', value = ''] = text.split(/:(.*)/s);
    trailer.set(name.trim().toLowerCase(), value.trim());
  }
  const content = Buffer.concat(pieces);
  checkTrailer(headers, trailer, content);
  return { content, trailer };
}

function chunkSize(line: string): number {
  if (/^[0-9a-f]+$/i.test(line)) return Number.parseInt(line, 16);
  throw new S3Refusal(400, 'InvalidChunkSizeError', 'A chunk says no length');
}

function checkTrailer(
  headers: S3Request['headers'],
  trailer: ReadonlyMap<string, string>,
  content: Buffer,
): void {
  if (headers.get('x-amz-decoded-content-length') !== String(content.length)) {
    throw new S3Refusal(
      400,
      'IncompleteBody',
      'The content is not as long as x-amz-decoded-content-length says',
    );
  }
  const promised = headers.get('x-amz-trailer')?.toLowerCase();
  if (promised !== undefined && !trailer.has(promised)) {
    throw new S3Refusal(400, 'MalformedTrailerError', `The trailer ${promised} did not come`);
  }
}

function crc32Of(content: Buffer): string {
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(content));
  return sum.toString('base64');
}

const SUMS: Readonly<Record<string, (content: Buffer) => string>> = {
  'content-md5': (content) => createHash('md5').update(content).digest('base64'),
  'x-amz-checksum-crc32': crc32Of,
  'x-amz-checksum-sha1': (content) => createHash('sha1').update(content).digest('base64'),
  'x-amz-checksum-sha256': (content) => createHash('sha256').update(content).digest('base64'),
};

const UNKNOWN_SUMS = ['x-amz-checksum-crc32c', 'x-amz-checksum-crc64nvme'];

function checkSums(fields: ReadonlyMap<string, string>, content: Buffer): void {
  for (const [name, value] of fields) {
    if (UNKNOWN_SUMS.includes(name)) {
      throw new S3Refusal(501, 'NotImplemented', `This server does not know ${name}`);
    }
    const sum = SUMS[name];
    if (sum === undefined || sum(content) === value) continue;
    throw new S3Refusal(400, 'BadDigest', `The ${name} you specified did not match what we received.`);
  }
}
