import { createReadStream } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import {
  announce,
  DEFAULT_PUBLISH_LIMITS,
  finish,
  type PublishLimits,
  takeUpload,
} from './publish-routes.ts';
import { describeVersion, findVersion, listSteps, type Reader } from './read-routes.ts';
import { Refusal, type RefusalCode } from './refusal.ts';
import type { StepStore } from './step-store.ts';
import type { Identity, TokenCheck } from './tokens.ts';

const STATUS: Readonly<Record<RefusalCode, number>> = {
  MALFORMED: 400,
  UNAUTHORIZED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  CONFLICT: 409,
  TOO_LARGE: 413,
  WRONG_CONTENT: 422,
  BUSY: 503,
  NO_SPACE: 507,
};

export interface RouteOptions {
  readonly store: StepStore;
  readonly check: TokenCheck;
  /** What addresses in answers begin with; absent: the host that was asked. */
  readonly publicUrl?: string;
  /** Where the server listens, for who names no host. */
  readonly localUrl: () => string;
  readonly limits?: Partial<PublishLimits>;
  /** Told of trouble of our own; the text has no secrets. */
  readonly onTrouble: (error: unknown) => void;
}

/** Answers one request; never rejects. */
export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** The protocol of a step registry (contract: "Publishing a step"), for any server to mount. */
export function createStepRoutes(options: RouteOptions): RequestHandler {
  return async (request, response) => {
    const gone = new AbortController();
    response.on('close', () => gone.abort());
    try {
      const answer = await route(options, request, gone.signal);
      if ('file' in answer) await sendFile(response, answer, request.method === 'HEAD');
      else sendJson(response, 200, answer.json);
    } catch (error) {
      refuse(options, request, response, error);
    }
  };
}

type Answer =
  | { readonly json: object }
  | { readonly file: string; readonly sizeBytes: number; readonly checksum: string };

async function route(options: RouteOptions, request: IncomingMessage, signal: AbortSignal): Promise<Answer> {
  const { store } = options;
  const parts = pathParts(request.url ?? '/');
  const identity = identify(options, request);
  const reader: Reader = { identity, baseUrl: baseUrlOf(options, request) };
  const [api, area, ...rest] = parts;
  const method = request.method === 'HEAD' ? 'GET' : request.method;
  const what = `${method} ${api}/${area}/${rest.length}`;
  const limits = { ...DEFAULT_PUBLISH_LIMITS, ...options.limits };
  if (what === 'GET api/steps/0') return { json: await listSteps(store, reader) };
  if (what === 'GET api/steps/3')
    return { json: describeVersion(await findVersion(store, rest, reader), reader) };
  if (what === 'GET api/steps/4' && rest[3] === 'tarball') {
    const { checksum, sizeBytes } = await findVersion(store, rest, reader);
    return { file: store.blob(checksum), checksum, sizeBytes };
  }
  if (what === 'POST api/publish/0') {
    const text = await readBody(request);
    return {
      json: await announce(store, {
        identity: required(identity),
        text,
        baseUrl: reader.baseUrl,
        limits,
      }),
    };
  }
  if (what === 'POST api/publish/1' && rest[0] === 'done') {
    return { json: await finish(store, await readBody(request), required(identity)) };
  }
  if (what === 'PUT api/uploads/1') return { json: await takeUpload(store, rest[0] ?? '', request, signal) };
  throw new Refusal('NOT_FOUND', 'there is nothing at this address');
}

function required(identity: Identity | undefined): Identity {
  if (identity !== undefined) return identity;
  throw new Refusal('UNAUTHORIZED', 'publishing needs a token');
}

function pathParts(url: string): string[] {
  try {
    const path = new URL(url, 'http://registry').pathname;
    return path.replace(/\/+$/, '').split('/').slice(1).map(decodeURIComponent);
  } catch (cause) {
    throw new Refusal('MALFORMED', 'the address makes no sense', { cause });
  }
}

/** A token that nobody has is an error also where none is needed: it would hide a mistake. */
function identify({ check }: RouteOptions, request: IncomingMessage): Identity | undefined {
  const given = request.headers.authorization;
  if (given === undefined || request.method === 'PUT') return undefined;
  const token = /^bearer\s+(\S+)$/i.exec(given)?.[1];
  const identity = token === undefined ? undefined : check(token);
  if (identity === undefined) throw new Refusal('UNAUTHORIZED', 'this token is not known here');
  return identity;
}

function baseUrlOf({ publicUrl, localUrl }: RouteOptions, request: IncomingMessage): string {
  if (publicUrl !== undefined) return publicUrl;
  const host = request.headers.host ?? '';
  return /^[\w.-]+(:\d{1,5})?$|^\[[0-9a-f:]+\](:\d{1,5})?$/i.test(host) ? `http://${host}` : localUrl();
}

const MAX_BODY_BYTES = 1024 * 1024;

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes > MAX_BODY_BYTES)
      throw new Refusal('TOO_LARGE', `at most ${MAX_BODY_BYTES} bytes are read`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  const bytes = Buffer.from(`${JSON.stringify(body)}\n`);
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': bytes.length,
    'x-content-type-options': 'nosniff',
    ...(status === 401 && { 'www-authenticate': 'Bearer' }),
  });
  response.end(response.req.method === 'HEAD' ? undefined : bytes);
}

async function sendFile(
  response: ServerResponse,
  { file, sizeBytes, checksum }: Extract<Answer, { file: string }>,
  isHead: boolean,
): Promise<void> {
  response.writeHead(200, {
    'content-type': 'application/gzip',
    'content-length': sizeBytes,
    etag: `"${checksum}"`,
    'x-content-type-options': 'nosniff',
  });
  if (isHead) response.end();
  else await pipeline(createReadStream(file), response);
}

function refuse(
  { onTrouble }: RouteOptions,
  request: IncomingMessage,
  response: ServerResponse,
  error: unknown,
): void {
  if (response.destroyed || response.headersSent) {
    response.destroy();
    if (response.headersSent) return;
  }
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const known = error instanceof Refusal ? error : code === 'ENOSPC' ? NO_SPACE : undefined;
  if (known === undefined && !request.destroyed) onTrouble(error);
  // What was not read of the request must not be taken for the next one.
  if (!request.complete) response.setHeader('connection', 'close');
  sendJson(response, known === undefined ? 500 : STATUS[known.code], {
    error: known?.code ?? 'INTERNAL',
    message: known?.message ?? 'the registry has a problem of its own',
  });
}

const NO_SPACE = new Refusal('NO_SPACE', 'there is no room left on the disk');
