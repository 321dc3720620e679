import { createHash, createHmac } from 'node:crypto';
import { S3Refusal, type S3Request } from './s3-server-request.ts';

/** Who may ask, and where the server says it is. */
export interface SignatureRules {
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

const SKEW_MS = 15 * 60_000; // as S3
const ALGORITHM = 'AWS4-HMAC-SHA256';

/**
 * Checks the AWS Signature Version 4 of a request's head. The canonical form is made from what came in and from the
 * description of the algorithm alone: none of it is shared with what signs. Throws `S3Refusal`.
 */
export function checkSignature(request: S3Request, rules: SignatureRules): void {
  const { accessKey, scope, signedHeaders, signature } = authorization(request);
  if (accessKey !== rules.accessKeyId) {
    const message = 'The AWS Access Key Id you provided does not exist in our records.';
    throw new S3Refusal(403, 'InvalidAccessKeyId', message, { AWSAccessKeyId: accessKey });
  }
  const time = timeOf(request, rules);
  checkScope(scope, time, rules);
  checkSigned(request, signedHeaders);
  const text = [ALGORITHM, time, scope.join('/'), sha256(canonicalRequest(request, signedHeaders))].join(
    '\n',
  );
  let key: Buffer = Buffer.from(`AWS4${rules.secretAccessKey}`);
  for (const part of scope) key = createHmac('sha256', key).update(part).digest();
  if (createHmac('sha256', key).update(text).digest('hex') === signature) return;
  const message =
    'The request signature we calculated does not match the signature you provided. Check your key and signing method.';
  throw new S3Refusal(403, 'SignatureDoesNotMatch', message, {
    AWSAccessKeyId: accessKey,
    StringToSign: text,
    SignatureProvided: signature,
  });
}

interface Authorization {
  readonly accessKey: string;
  readonly scope: readonly string[];
  readonly signedHeaders: readonly string[];
  readonly signature: string;
}

function authorization({ headers }: S3Request): Authorization {
  const header = headers.get('authorization');
  if (header === undefined) throw new S3Refusal(403, 'AccessDenied', 'Access Denied');
  const pattern =
    /^AWS4-HMAC-SHA256 Credential=([^,\s]+), ?SignedHeaders=([^,\s]+), ?Signature=([0-9a-f]{64})$/;
  const [, credential = '', names = '', signature = ''] = pattern.exec(header) ?? [];
  const [accessKey = '', ...scope] = credential.split('/');
  if (scope.length !== 4) {
    throw new S3Refusal(400, 'AuthorizationHeaderMalformed', 'The authorization header is malformed.');
  }
  return { accessKey, scope, signedHeaders: names.split(';'), signature };
}

function timeOf({ headers }: S3Request, { now }: SignatureRules): string {
  const time = headers.get('x-amz-date') ?? '';
  const [, ...parts] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(time) ?? [];
  const [year, month, day, hour, minute, second] = parts.map(Number);
  if (year === undefined || month === undefined) {
    throw new S3Refusal(403, 'AccessDenied', 'AWS authentication requires a valid Date or x-amz-date header');
  }
  const at = Date.UTC(year, month - 1, day, hour, minute, second);
  if (Math.abs(at - now()) <= SKEW_MS) return time;
  const message = 'The difference between the request time and the current time is too large.';
  throw new S3Refusal(403, 'RequestTimeTooSkewed', message, {
    RequestTime: time,
    ServerTime: new Date(now()).toISOString(),
  });
}

function checkScope(scope: readonly string[], time: string, { region }: SignatureRules): void {
  const [day, signedRegion, service, end] = scope;
  const malformed = (message: string, details = {}): S3Refusal =>
    new S3Refusal(
      400,
      'AuthorizationHeaderMalformed',
      `The authorization header is malformed; ${message}`,
      details,
    );
  if (day !== time.slice(0, 8)) throw malformed('Invalid credential date.');
  if (service !== 's3' || end !== 'aws4_request') throw malformed('incorrect service.');
  if (signedRegion !== region) {
    throw malformed(`the region '${signedRegion}' is wrong; expecting '${region}'`, { Region: region });
  }
}

/** The host and all that is S3's own has to be under the signature, or it could be altered on the way. */
function checkSigned({ headers }: S3Request, signed: readonly string[]): void {
  const missing = [...headers.keys()].filter(
    (name) => (name === 'host' || name.startsWith('x-amz-')) && !signed.includes(name),
  );
  if (missing.length === 0) return;
  const message = 'There were headers present in the request which were not signed';
  throw new S3Refusal(403, 'AccessDenied', message, { HeadersNotSigned: missing.join(', ') });
}

function canonicalRequest({ method, path, query, headers }: S3Request, signed: readonly string[]): string {
  const pairs = query.map(([name, value]) => [encoded(name), encoded(value)] as const);
  pairs.sort(([a, x], [b, y]) => order(a, b) || order(x, y));
  return [
    method,
    path
      .split('/')
      .map((part) => encoded(decodeURIComponent(part)))
      .join('/'),
    pairs.map((pair) => pair.join('=')).join('&'),
    ...signed.map((name) => `${name}:${(headers.get(name) ?? '').trim().replace(/ +/g, ' ')}`),
    '',
    signed.join(';'),
    headers.get('x-amz-content-sha256') ?? '',
  ].join('\n');
}

const order = (a: string, b: string): number => (a === b ? 0 : a < b ? -1 : 1);

/** Each byte but letters, digits, `-`, `.`, `_` and `~` as `%XX`. */
function encoded(text: string): string {
  let result = '';
  for (const byte of Buffer.from(text)) {
    const character = String.fromCharCode(byte);
    const isPlain = /[A-Za-z0-9._~-]/.test(character);
    result += isPlain ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return result;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
