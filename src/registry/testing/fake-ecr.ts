import { createHash, createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** What the fake does wrong; absent: nothing. */
export type EcrFault =
  | { readonly kind: 'status'; readonly status: number; readonly body?: string }
  | { readonly kind: 'answer'; readonly body: string }
  | { readonly kind: 'redirect'; readonly location: string }
  | { readonly kind: 'reset' | 'stall' | 'truncate' | 'flood' };

interface FakeEcr extends AsyncDisposable {
  readonly url: string;
  /** Of every request that came, as the target header has them. */
  readonly targets: readonly string[];
  /** Set it to make the next answers wrong. */
  fault?: EcrFault | undefined;
}

interface FakeEcrKeys {
  readonly accessKey: string;
  readonly secretKey: string;
  readonly region: string;
  /** The password it gives to who signs correctly. */
  readonly password: string;
}

/** An ECR that checks the signature from what arrived, by its own reading of AWS's description. */
export async function startFakeEcr(keys: FakeEcrKeys): Promise<FakeEcr> {
  const targets: string[] = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      targets.push(String(request.headers['x-amz-target']));
      if (fake.fault !== undefined) return misbehave(fake.fault, response);
      answer(isSigned(request, body, keys) ? 200 : 400, keys, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // A server that listens on a port has an address object.
  const { port } = server.address() as AddressInfo;
  const fake: FakeEcr = {
    url: `http://127.0.0.1:${port}`,
    targets,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return fake;
}

function answer(status: number, { password }: FakeEcrKeys, response: ServerResponse): void {
  const authorizationToken = Buffer.from(`AWS:${password}`).toString('base64');
  const body =
    status === 200
      ? { authorizationData: [{ authorizationToken, expiresAt: 1.7e9, proxyEndpoint: 'https://example' }] }
      : { __type: 'com.amazon#InvalidSignatureException', message: 'The signature does not match' };
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body));
}

function misbehave(fault: EcrFault, response: ServerResponse): void {
  switch (fault.kind) {
    case 'status':
      response.writeHead(fault.status).end(fault.body);
      return;
    case 'answer':
      response.writeHead(200).end(fault.body);
      return;
    case 'redirect':
      response.writeHead(307, { location: fault.location }).end();
      return;
    case 'reset':
      response.destroy();
      return;
    case 'stall':
      response.writeHead(200).write('{');
      return;
    case 'truncate':
      response.writeHead(200, { 'content-length': 1000 }).write('{', () => response.destroy());
      return;
    case 'flood':
      flood(response.writeHead(200));
  }
}

/** Writes until the other side goes away. */
function flood(response: ServerResponse): void {
  if (response.destroyed) return;
  response.write('x'.repeat(16_384), () => flood(response));
}

function isSigned(request: IncomingMessage, body: string, keys: FakeEcrKeys): boolean {
  const pattern =
    /^AWS4-HMAC-SHA256 Credential=(\w+)\/(\d{8})\/([\w-]+)\/ecr\/aws4_request, SignedHeaders=([\w;-]+), Signature=([0-9a-f]{64})$/;
  const [, id, day = '', region, list = '', signature] =
    pattern.exec(request.headers.authorization ?? '') ?? [];
  const time = String(request.headers['x-amz-date']);
  const required = ['content-type', 'host', 'x-amz-date', 'x-amz-target'];
  if (id !== keys.accessKey || region !== keys.region || list !== required.join(';')) return false;
  if (!time.startsWith(day) || Math.abs(Date.parse(extended(time)) - Date.now()) > 300_000) return false;
  const headers = required.map((name) => `${name}:${String(request.headers[name])}\n`).join('');
  const canonical = `${request.method}\n${request.url}\n\n${headers}\n${list}\n${hash(body)}`;
  const toSign = `AWS4-HMAC-SHA256\n${time}\n${day}/${region}/ecr/aws4_request\n${hash(canonical)}`;
  const dayKey = createHmac('sha256', `AWS4${keys.secretKey}`).update(day).digest();
  const regionKey = createHmac('sha256', dayKey).update(keys.region).digest();
  const serviceKey = createHmac('sha256', regionKey).update('ecr').digest();
  const key = createHmac('sha256', serviceKey).update('aws4_request').digest();
  return createHmac('sha256', key).update(toSign).digest('hex') === signature;
}

function hash(value: string): string {
  return createHash('sha256').update(value, 'utf8').digest('hex');
}

/** `20150830T123600Z` as `2015-08-30T12:36:00Z`. */
function extended(time: string): string {
  return time.replace(/^(\d{4})(\d\d)(\d\dT\d\d)(\d\d)/, '$1-$2-$3:$4:');
}
