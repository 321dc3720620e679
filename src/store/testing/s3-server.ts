import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { checkBody } from './s3-server-body.ts';
import { type S3Fault, type S3FaultPlan, S3Faults, sendReply } from './s3-server-faults.ts';
import {
  abortUpload,
  completeUpload,
  createUpload,
  listParts,
  listUploads,
  uploadPart,
} from './s3-server-multipart.ts';
import {
  deleteObject,
  getObject,
  listObjects,
  putObject,
  type S3Bucket,
  type S3Object,
  type S3Reply,
} from './s3-server-objects.ts';
import { readRequest, type S3Operation, S3Refusal, type S3Request } from './s3-server-request.ts';
import { checkSignature, type SignatureRules } from './s3-server-signature.ts';
import { xmlDocument } from './s3-server-xml.ts';

export type { S3Fault } from './s3-server-faults.ts';
export type { S3Operation } from './s3-server-request.ts';

export interface S3ServerOptions {
  /** @defaultValue `bucket` */
  readonly bucket?: string;
  /** @defaultValue `us-east-1` */
  readonly region?: string;
  /** Whether objects may be put with an ACL; buckets that AWS makes today refuse it. @defaultValue true */
  readonly takesAcls?: boolean;
  /** Of an upload, but for its last part. @defaultValue 5 MiB, as at S3 */
  readonly minPartBytes?: number;
  /** @defaultValue true */
  readonly encrypts?: boolean;
  /** Told of each request before anything of it is done. */
  readonly onRequest?: (request: { readonly operation: S3Operation; readonly key: string }) => void;
  /** The time, in milliseconds since the epoch. @defaultValue `Date.now` */
  readonly now?: () => number;
}

export interface S3Server extends AsyncDisposable {
  /** `http://127.0.0.1:PORT` */
  readonly endpoint: string;
  readonly region: string;
  readonly bucket: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly objects: ReadonlyMap<string, S3Object>;
  /** How many multipart uploads were begun and neither completed nor taken back. */
  readonly openUploads: number;
  /** How many requests are being answered. */
  readonly openAnswers: number;
  /** What was asked, and how it was answered; `0` where no answer was sent. */
  readonly requests: readonly {
    readonly operation: S3Operation;
    readonly key: string;
    readonly status: number;
  }[];
  fail(plan: S3FaultPlan): void;
  /** Nothing goes wrong any more. */
  heal(): void;
  /** Removes all objects and uploads. */
  empty(): void;
}

const ACCESS_KEY_ID = 'AKIAIOSFODNN7EXAMPLE';
const SECRET_ACCESS_KEY = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';

/**
 * Starts a server that speaks the S3 API over HTTP, on a port of 127.0.0.1, with its objects in memory. It knows buckets
 * by path, checks AWS Signature Version 4 and all digests of what it is sent, and goes wrong as it is told to.
 */
export async function startS3Server(options: S3ServerOptions = {}): Promise<S3Server> {
  const { bucket: bucketName = 'bucket', region = 'us-east-1', now = Date.now } = options;
  const { takesAcls = true, encrypts = true, minPartBytes = 5 * 1024 * 1024 } = options;
  const credentials = { accessKeyId: ACCESS_KEY_ID, secretAccessKey: SECRET_ACCESS_KEY };
  const bucket: S3Bucket = { takesAcls, encrypts, minPartBytes, objects: new Map(), uploads: new Map() };
  const state: State = {
    rules: { ...credentials, region, now },
    buckets: new Map([[bucketName, bucket]]),
    faults: new S3Faults(),
    requests: [],
    onRequest: options.onRequest ?? (() => undefined),
  };
  const open = new Set<ServerResponse>();
  const server = createServer((message, response) => {
    open.add(response);
    response.on('error', () => undefined); // the client left
    response.once('close', () => open.delete(response));
    void answer(state, message, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // of a TCP server
  return {
    endpoint: `http://127.0.0.1:${port}`,
    region,
    bucket: bucketName,
    credentials,
    objects: bucket.objects,
    get openUploads() {
      return bucket.uploads.size;
    },
    get openAnswers() {
      return open.size;
    },
    requests: state.requests,
    fail: (plan) => state.faults.add(plan),
    heal: () => state.faults.clear(),
    empty() {
      bucket.objects.clear();
      bucket.uploads.clear();
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      if (server.listening) await once(server, 'close');
    },
  };
}

interface State {
  readonly rules: SignatureRules;
  readonly buckets: ReadonlyMap<string, S3Bucket>;
  readonly faults: S3Faults;
  readonly requests: { readonly operation: S3Operation; readonly key: string; readonly status: number }[];
  readonly onRequest: NonNullable<S3ServerOptions['onRequest']>;
}

async function answer(state: State, message: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await readAll(message);
  if (body === undefined) return;
  const { request, refused } = tryRead(message);
  const { operation = 'Unknown', key = '' } = request ?? {};
  state.onRequest({ operation, key });
  const fault = state.faults.next(operation);
  const isReset = fault?.type === 'reset';
  const isUndone = fault?.type === 'stall' || (isReset && !fault.done);
  const reply = isUndone ? undefined : replyTo(state, { request, refused, body, fault });
  state.requests.push({ operation, key, status: reply === undefined || isReset ? 0 : reply.status });
  if (isReset) message.socket.resetAndDestroy();
  else if (reply !== undefined) sendReply(response, reply, { fault, isHead: message.method === 'HEAD' });
}

interface Asked {
  /** Absent where it could not be read; then `refused` says why. */
  readonly request: S3Request | undefined;
  readonly refused: unknown;
  readonly body: Buffer;
  readonly fault: S3Fault | undefined;
}

function replyTo(state: State, { request, refused, body, fault }: Asked): S3Reply {
  const key = request?.key ?? '';
  if (fault?.type === 'page') return { ...PAGE, status: fault.status };
  if (fault?.type === 'refuse') {
    return refusal(new S3Refusal(fault.status, fault.code, 'It was told to go wrong.'), key);
  }
  return request === undefined ? refusal(refused, key) : perform(state, request, body);
}

const PAGE = { headers: { 'Content-Type': 'text/html' }, body: '<html><h1>Oops</h1><p>&nbsp;' };

async function readAll(message: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of message) chunks.push(chunk as Buffer); // no encoding is set
    return Buffer.concat(chunks);
  } catch {
    return undefined; // it broke off: nothing of it counts
  }
}

function tryRead(message: IncomingMessage): Pick<Asked, 'request' | 'refused'> {
  try {
    return { request: readRequest(message), refused: undefined };
  } catch (error) {
    return { request: undefined, refused: error };
  }
}

function perform(state: State, request: S3Request, body: Buffer): S3Reply {
  try {
    checkSignature(request, state.rules);
    const bytes = checkBody(request, body);
    const bucket = state.buckets.get(request.bucket);
    if (bucket === undefined) {
      throw new S3Refusal(404, 'NoSuchBucket', 'The specified bucket does not exist', {
        BucketName: request.bucket,
      });
    }
    return OPERATIONS[request.operation](bucket, request, { bytes, now: state.rules.now() });
  } catch (error) {
    return refusal(error, request.key);
  }
}

type Operation = (bucket: S3Bucket, request: S3Request, written: { bytes: Buffer; now: number }) => S3Reply;

const OPERATIONS: Readonly<Record<S3Operation, Operation>> = {
  PutObject: putObject,
  GetObject: getObject,
  HeadObject: getObject,
  DeleteObject: deleteObject,
  HeadBucket: () => ({ status: 200 }),
  ListObjectsV2: (bucket, request) => listObjects(request.bucket, bucket, request),
  CreateMultipartUpload: (bucket, request) => createUpload(request.bucket, bucket, request),
  UploadPart: uploadPart,
  CompleteMultipartUpload: completeUpload,
  AbortMultipartUpload: abortUpload,
  ListParts: listParts,
  ListMultipartUploads: (bucket, request) => listUploads(request.bucket, bucket),
  Unknown: () => {
    throw new S3Refusal(501, 'NotImplemented', 'This server does not know what was asked');
  },
};

function refusal(error: unknown, key: string): S3Reply {
  if (!(error instanceof S3Refusal)) throw error;
  const elements = {
    Code: error.code,
    Message: error.message,
    Key: key,
    ...error.details,
    RequestId: 'TEST',
  };
  return {
    status: error.status,
    headers: { 'Content-Type': 'application/xml' },
    body: xmlDocument('Error', Object.entries(elements)),
  };
}
