import { generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { OciLocation } from '../location.ts';
import { serveAccess, serveByAccess } from './oci-server-accesses.ts';
import { createFaults, type OciFaults, sendFault } from './oci-server-faults.ts';
import { serveObject } from './oci-server-objects.ts';
import { checkSignature } from './oci-server-signature.ts';
import {
  type Bucket,
  type Call,
  type Reply,
  refusal,
  type ServedAccess,
  type ServedObject,
} from './oci-server-state.ts';
import { serveUpload } from './oci-server-uploads.ts';

export interface OciServerOptions {
  /** The server's own clock. @defaultValue Date.now */
  readonly now?: () => number;
  /** At most that many objects or requests are in a page. @defaultValue 1000 */
  readonly pageLimit?: number;
  /** Whether the addresses of pre-authenticated requests hold names as they are. @defaultValue false: encoded */
  readonly rawAddresses?: boolean;
  /** Encrypts the private key of `location`, which does not hold it. */
  readonly passphrase?: string;
  /** PEM. Absent: no encryption. */
  readonly tls?: { readonly key: string; readonly cert: string };
}

/** OCI Object Storage with one bucket, over HTTP, in memory. */
export interface OciServer extends AsyncDisposable {
  /** What opens it, with a key that it knows. */
  readonly location: OciLocation;
  readonly objects: ReadonlyMap<string, ServedObject>;
  /** Names of the objects whose uploads were begun, and neither committed nor aborted. */
  openUploads(): string[];
  /** The pre-authenticated requests that are there, expired or not. */
  accesses(): readonly ServedAccess[];
  /** Makes a pre-authenticated request as another program would. */
  addAccess(access: ServedAccess): void;
  /** Ends a pre-authenticated request as another program would. */
  removeAccess(id: string): void;
  /** Removes all that the bucket holds. */
  clear(): void;
  readonly faults: OciFaults;
  /** What was asked, in order. */
  readonly seen: readonly Pick<Call, 'method' | 'target' | 'headers'>[];
}

const NAMESPACE = 'slipwayns';
const BUCKET = 'artifacts';
const TENANCY = 'ocid1.tenancy.oc1..aaaatest';
const USER = 'ocid1.user.oc1..aaaatest';
const FINGERPRINT = '20:3b:97:13:55:1c:5b:0d:d3:37:d8:50:4e:c5:3a:34';

/** A key pair of a test, encrypted where a passphrase is given. */
export function createOciKey(passphrase?: string): {
  readonly privateKey: string;
  readonly publicKey: KeyObject;
} {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pem = privateKey.export({
    type: 'pkcs8',
    format: 'pem',
    ...(passphrase !== undefined && { cipher: 'aes-256-cbc', passphrase }),
  });
  return { privateKey: String(pem), publicKey };
}

export async function startOciServer(options: OciServerOptions = {}): Promise<OciServer> {
  const { privateKey, publicKey } = createOciKey(options.passphrase);
  const bucket: Bucket = {
    namespace: NAMESPACE,
    name: BUCKET,
    objects: new Map(),
    uploads: new Map(),
    accesses: new Map(),
    pageLimit: options.pageLimit ?? 1000,
    rawAddresses: options.rawAddresses ?? false,
    now: options.now ?? Date.now,
  };
  const seen: Call[] = [];
  const faults = createFaults();
  const key = { keyId: `${TENANCY}/${USER}/${FINGERPRINT}`, publicKey };
  let host = '';
  const listen: RequestListener = async (request, response) => {
    const call = await readCall(request).catch(() => undefined);
    if (call === undefined) return; // whoever asked has gone
    seen.push(call);
    const good = (): Reply =>
      answer(bucket, call, (signed) => checkSignature(signed, host, key, bucket.now()));
    const fault = faults.take(call);
    const sendReply = (reply: Reply): void => send(response, call, reply, bucket.now());
    if (fault === undefined) sendReply(good());
    else sendFault(response, fault, good, sendReply);
  };
  const server = options.tls === undefined ? createServer(listen) : createSecureServer(options.tls, listen);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  host = `127.0.0.1:${(server.address() as AddressInfo).port}`; // a server on a port has an address of this kind
  return {
    location: {
      type: 'oci',
      namespace: NAMESPACE,
      bucket: BUCKET,
      region: 'us-ashburn-1',
      endpoint: `${options.tls === undefined ? 'http' : 'https'}://${host}`,
      key: { tenancy: TENANCY, user: USER, fingerprint: FINGERPRINT, privateKey },
    },
    objects: bucket.objects,
    openUploads: () => [...bucket.uploads.values()].map(({ object }) => object),
    accesses: () => [...bucket.accesses.values()],
    addAccess: (access) => void bucket.accesses.set(access.id, access),
    removeAccess: (id) => void bucket.accesses.delete(id),
    clear: () => {
      for (const map of [bucket.objects, bucket.uploads, bucket.accesses]) map.clear();
    },
    faults,
    seen,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function readCall(request: IncomingMessage): Promise<Call> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer); // no encoding was set
  const target = request.url ?? '';
  const headers = Object.entries(request.headers).map(([name, value]) => [name, value?.toString()]);
  return {
    method: request.method ?? '',
    target,
    query: new URLSearchParams(target.split('?')[1] ?? ''),
    headers: Object.fromEntries(headers),
    body: Buffer.concat(chunks),
  };
}

/** Finds what a path is about: `/n/N/b/B/KIND/NAME` with a signature, `/p/TOKEN/n/N/b/B/o/NAME` without one. */
function answer(bucket: Bucket, call: Call, checkSigned: (call: Call) => Reply | undefined): Reply {
  const path = /^(?:\/p\/([^/]+))?\/n\/([^/]+)\/b\/([^/]+)\/([oup])(?:\/(.*))?$/s.exec(
    call.target.split('?')[0] ?? '',
  );
  if (path === null) return refusal(404, 'NotAuthorizedOrNotFound', 'Authorization failed or not found.');
  const [token, namespace, name, kind, rest] = path.slice(1).map((part) => decode(part));
  if (token === undefined) {
    const refused = checkSigned(call);
    if (refused) return refused;
  }
  if (namespace !== bucket.namespace)
    return refusal(
      404,
      'NamespaceNotFound',
      'You do not have authorization, or the namespace does not exist.',
    );
  if (name !== bucket.name)
    return refusal(
      404,
      'BucketNotFound',
      `Either the bucket '${name}' does not exist or you are not authorized`,
    );
  if (token !== undefined) return serveByAccess(bucket, call, token, rest ?? '');
  const serve = { o: serveObject, u: serveUpload, p: serveAccess }[kind ?? ''];
  return serve?.(bucket, call, rest ?? '') ?? refusal(404, 'NotAuthorizedOrNotFound', 'Not found.');
}

function decode(text: string | undefined): string | undefined {
  return text === undefined ? undefined : decodeURIComponent(text);
}

function send(response: ServerResponse, call: Call, { status, headers, body }: Reply, now: number): void {
  const bytes = Buffer.isBuffer(body) || body === undefined ? body : Buffer.from(JSON.stringify(body));
  const type = Buffer.isBuffer(body) || body === undefined ? {} : { 'content-type': 'application/json' };
  response.writeHead(status, {
    ...type,
    date: new Date(now).toUTCString(),
    'opc-request-id': randomUUID(),
    ...(call.headers['opc-client-request-id'] && {
      'opc-client-request-id': call.headers['opc-client-request-id'],
    }),
    ...headers,
    ...(status === 204 ? {} : { 'content-length': String(bytes?.length ?? 0) }),
  });
  response.end(call.method === 'HEAD' ? undefined : bytes);
}
