import { createHash, createHmac } from 'node:crypto';

/** A request to an AWS service, without a query. */
export interface AwsRequest {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  /** Lower-case names; all of them are signed. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

interface AwsSigner {
  readonly accessKey: string;
  readonly secretKey: string;
  readonly region: string;
  /** As AWS abbreviates it: `ecr`. */
  readonly service: string;
  /** The service takes it for a few minutes. */
  readonly at: Date;
}

const ALGORITHM = 'AWS4-HMAC-SHA256';

/** The headers to send with the request: its own, the time, and `authorization` by AWS Signature Version 4. */
export function signedHeaders(request: AwsRequest, signer: AwsSigner): Record<string, string> {
  const time = signer.at.toISOString().replace(/[-:]|\.\d+/g, '');
  const headers: Record<string, string> = { ...request.headers, 'x-amz-date': time };
  const signed = Object.entries({ ...headers, host: request.url.host }).sort(([a], [b]) => (a < b ? -1 : 1));
  const scope = [time.slice(0, 8), signer.region, signer.service, 'aws4_request'];
  const text = [ALGORITHM, time, scope.join('/'), sha256(canonicalRequest(request, signed))].join('\n');
  const signature = hmac(signingKey(signer.secretKey, scope), text).toString('hex');
  const credential = [signer.accessKey, ...scope].join('/');
  const authorization = `${ALGORITHM} Credential=${credential}, SignedHeaders=${names(signed)}, Signature=${signature}`;
  return { ...headers, authorization };
}

type Headers = readonly (readonly [name: string, value: string])[];

function canonicalRequest({ method, url, body }: AwsRequest, signed: Headers): string {
  return [
    method,
    url.pathname.split('/').map(encodeURIComponent).join('/'),
    '', // the query
    ...signed.map(([name, value]) => `${name}:${value.trim().replace(/ +/g, ' ')}`),
    '',
    names(signed),
    sha256(body),
  ].join('\n');
}

function names(headers: Headers): string {
  return headers.map(([name]) => name).join(';');
}

function signingKey(secretKey: string, scope: readonly string[]): Buffer {
  return scope.reduce<Buffer>((key, part) => hmac(key, part), Buffer.from(`AWS4${secretKey}`));
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
