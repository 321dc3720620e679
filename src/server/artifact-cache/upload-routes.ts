import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type Authenticate, satisfies } from '../../auth/index.ts';
import {
  BATCH_MEDIA_TYPE,
  CacheError,
  MAX_MISSING_BYTES,
  MISSING_PATH,
  missingOfUpload,
  PUBLISH_PATH,
  type Repository,
  receiveUpload,
  type UploadOptions,
} from '../../cache/index.ts';
import { untilGone } from '../../download/index.ts';
import { ByteGate } from '../../kernel/index.ts';
import type { CacheMeter } from './cache-meter.ts';
import { callerOf } from './private-refs.ts';
import { type UploadRefusal, uploadRefusalOf } from './upload-refusal.ts';

/** Who may send artifacts to the cache over HTTP. Absent: nobody. */
export interface CacheUploads {
  /** Tells who calls; throws `AuthError`. A ref is set by who has the scope `cache:push:<ref>`. */
  readonly authenticate: Authenticate;
  /** How many uploads may go on at a time. @defaultValue 32: some 10 MiB of memory each */
  readonly atOnce?: number;
  /** How long a client may send nothing, in milliseconds. @defaultValue 60,000 */
  readonly idleMs?: number;
}

const AT_ONCE = 32;
const IDLE_MS = 60_000;

// What a client that is refused in the middle may still send before it hears of it.
const DRAIN_BYTES = 64 * 1024 * 1024;
const DRAIN_MS = 5000;

interface Place {
  readonly repository: Repository;
  readonly meter: CacheMeter;
  readonly uploads: CacheUploads;
}

/** `POST .slipway/missing` and `POST .slipway/publish` below each of the bases; see `docs/contracts/artifact-cache.md`. */
export function mountUploads(app: FastifyInstance, bases: readonly string[], place: Place): void {
  const gate = new ByteGate(place.uploads.atOnce ?? AT_ONCE);
  void app.register((scope, _options, done) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, parsed) => parsed(null, body));
    for (const base of bases) {
      const url = `${base}/${MISSING_PATH}`;
      const handler = answering((request, reply) => answerMissing(place, gate, { request, reply }));
      // Before its body is in memory: there may be thousands of connections.
      const onRequest = answering(async (request) => refuseStrangers(place, request));
      scope.post(url, { bodyLimit: MAX_MISSING_BYTES, onRequest }, handler);
    }
    done();
  });
  void app.register((scope, _options, done) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, body, parsed) => parsed(null, body)); // as it comes
    for (const base of bases) {
      const handler = answering((request, reply) => answerPublish(place, gate, { request, reply }));
      scope.post(`${base}/${PUBLISH_PATH}`, { config: { takesItsTime: true } }, handler);
    }
    done();
  });
}

interface Exchange {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

async function answerMissing(place: Place, gate: ByteGate, { request, reply }: Exchange): Promise<unknown> {
  const options = uploadOptions(place, { request, reply });
  const { body } = request;
  if (!(body instanceof Uint8Array)) throw new CacheError('PROTOCOL', 'expected a body with refs and names');
  using _turn = turnOf(gate);
  const bits = await missingOfUpload(body, options);
  return reply.type(BATCH_MEDIA_TYPE).header('cache-control', 'no-store').send(bits);
}

async function answerPublish(place: Place, gate: ByteGate, { request, reply }: Exchange): Promise<unknown> {
  const options = uploadOptions(place, { request, reply });
  using _turn = turnOf(gate);
  const idleMs = place.uploads.idleMs ?? IDLE_MS;
  const uploaded = await receiveUpload({ ...options, input: request.raw, idleMs });
  place.meter.received(uploaded.objects, uploaded.bytes);
  const { moved, kept, newObjects, newBytes, objects, bytes } = uploaded;
  return reply
    .header('cache-control', 'no-store')
    .send({ moved, kept, newObjects, newBytes, objects, bytes });
}

/** Who may send nothing, under whatever name, asks nothing. */
async function refuseStrangers({ uploads }: Place, request: FastifyRequest): Promise<void> {
  const { clientId, scopes } = callerOf(uploads.authenticate, request.raw);
  if (scopes.some((scope) => scope.startsWith(SCOPE) || satisfies([scope], SCOPE))) return;
  throw new CacheError('FORBIDDEN', `${clientId} may not write here: that takes a scope ${SCOPE}<ref>`);
}

const SCOPE = 'cache:push:';

function turnOf(gate: ByteGate): Disposable {
  const turn = gate.tryHold(1);
  if (turn === undefined) throw new CacheError('UNAVAILABLE', 'too many others send artifacts: try again');
  return turn;
}

function uploadOptions({ repository, uploads }: Place, { request, reply }: Exchange): UploadOptions {
  const { clientId, scopes } = callerOf(uploads.authenticate, request.raw);
  return {
    repository,
    signal: untilGone(reply),
    mayWrite: (ref) => satisfies(scopes, `cache:push:${ref}`),
    refusal: (shown, ref) =>
      `${clientId} may not write ${shown}: that takes the scope cache:push:${ref}, or one with * that covers it`,
  };
}

type Handler = (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>;

/** What is refused is told in JSON; who is still sending then has a moment to hear it. */
const answering =
  (handler: Handler): Handler =>
  async (request, reply) => {
    try {
      return await handler(request, reply);
    } catch (error) {
      if (reply.raw.closed) throw error; // nobody is there to be told
      const refusal = uploadRefusalOf(error);
      if (refusal.status >= 500) request.log.error({ err: error }, 'an upload to the artifact cache failed');
      return refuse(request, reply, refusal);
    }
  };

function refuse({ raw }: FastifyRequest, reply: FastifyReply, refusal: UploadRefusal): FastifyReply {
  const { status, code, message, hint } = refusal;
  if (!raw.complete) drain(raw, reply);
  if (status === 503) reply.header('retry-after', '1');
  const body = { code, message, ...(hint !== undefined && { hint }) };
  return reply.code(status).header('cache-control', 'no-store').header('connection', 'close').send(body);
}

/** A connection that is closed while its other side writes loses the answer. */
function drain(raw: IncomingMessage, reply: FastifyReply): void {
  let left = DRAIN_BYTES;
  const end = (): void => void raw.destroy();
  const timer = setTimeout(end, DRAIN_MS);
  raw.on('data', (chunk: Buffer) => {
    left -= chunk.length;
    if (left < 0) end();
  });
  raw.on('error', () => {}); // the client has gone
  reply.raw.once('close', () => clearTimeout(timer));
  raw.resume();
}
