import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest, HTTPMethods } from 'fastify';
import type { Authenticate } from '../../auth/index.ts';
import {
  BATCH_PATH,
  CACHE_HEADER,
  CACHE_VERSION,
  CacheError,
  CLOSURE_PATH,
  MAX_BATCH_BYTES,
  type Place,
  parsePlace,
  type ServedRepository,
} from '../../cache/index.ts';
import { DownloadRefusal } from '../../download/index.ts';
import { ByteGate } from '../../kernel/index.ts';
import { answerBatch, answerClosure, type ExchangeOptions, letBatchIn } from './answer-exchange.ts';
import { answerFile } from './answer-file.ts';
import { CACHE_BASES } from './bases.ts';
import type { CacheMeter } from './cache-meter.ts';
import { nothingThere } from './nothing.ts';
import { refuseReader, requireReader } from './private-refs.ts';
import { type CacheUploads, mountUploads } from './upload-routes.ts';

export interface CacheRoutesOptions {
  readonly served: ServedRepository;
  readonly meter: CacheMeter;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** How long a client may take nothing, in milliseconds. @defaultValue 120000 */
  readonly stallTimeoutMs?: number;
  /** How many requests for many objects may go on at a time. @defaultValue 500: 400 KB each at most */
  readonly batches?: number;
  /** Tells who reads private refs, which takes the scope `cache:pull:<ref>`; throws `AuthError`. Absent: nobody may. */
  readonly authenticate?: Authenticate;
  /** Who may send artifacts here. Absent: nobody can. */
  readonly uploads?: CacheUploads;
}

const FILES = ['config', 'summary', 'summary.sig', 'refs/*', 'objects/*', 'deltas/*', 'delta-indexes/*'];

const READING: HTTPMethods[] = ['GET', 'HEAD'];
const OTHERS: HTTPMethods[] = ['DELETE', 'PATCH', 'PUT', 'OPTIONS'];

/**
 * The artifact cache for those who pull:
 *
 * - `GET /artifacts/config`, `summary`, `refs/heads/…`, `objects/…`: the files of the repository, byte for byte
 * - `GET /artifacts/.slipway/closure/COMMIT`, `POST /artifacts/.slipway/objects`: many objects in one answer, for Slipway
 * - `POST /artifacts/.slipway/missing`, `publish`: artifacts that are sent here, where that is allowed
 *
 * and the same without `/artifacts`. Everything else below is not there: never 401 or 503, which clients take for an end, but
 * for private refs, which no list has.
 */
export const cacheRoutes =
  ({ batches = 500, stallTimeoutMs = 120_000, ...given }: CacheRoutesOptions): FastifyPluginAsync =>
  async (app) => {
    const options = { ...given, stallTimeoutMs, batches: new ByteGate(batches) };
    app.removeAllContentTypeParsers();
    app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
    app.addHook('onRequest', (_request, reply, done) => {
      reply.raw.setHeader(CACHE_HEADER, CACHE_VERSION);
      done();
    });
    for (const base of CACHE_BASES) mount(app, base, options);
    const { served, meter, uploads } = given;
    if (uploads !== undefined)
      mountUploads(app, CACHE_BASES, { repository: served.repository, meter, uploads });
    app.all('/artifacts', nothing);
    app.all('/artifacts/*', nothing);
    app.all('/.slipway/*', nothing);
  };

type Options = ExchangeOptions & Pick<CacheRoutesOptions, 'now'>;

const nothing = (): never => {
  throw nothingThere();
};

/** Before a body is read: nobody waits for one that is of no use. */
const allow = (methods: string) => (): never => {
  throw new DownloadRefusal('WRONG_METHOD', `only ${methods} can be done here`, {
    headers: { allow: methods, connection: 'close' },
  });
};

function mount(app: FastifyInstance, base: string, options: Options): void {
  const read = (url: string, handler: (request: FastifyRequest, reply: FastifyReply) => unknown): void => {
    const isQuiet = url.includes('objects/');
    app.route({ method: READING, url, exposeHeadRoute: false, config: { isQuiet }, handler });
    app.route({ method: [...OTHERS, 'POST'], url, onRequest: allow('GET, HEAD'), handler: nothing });
  };
  for (const file of FILES) {
    read(`${base}/${file}`, (request, reply) => {
      const [path = ''] = (request.raw.url ?? '').slice(base.length + 1).split('?', 1);
      return failing(answerPath(options, path, { request, reply }));
    });
  }
  read(`${base}/${CLOSURE_PATH}:commit`, async (request, reply) => {
    const { commit } = request.params as { commit: string }; // the route's own pattern names it
    await failing(answerClosure(options, commit, { request, reply }));
    touch(options.served, commit, request);
  });
  const batch = `${base}/${BATCH_PATH}`;
  app.route({
    method: 'POST',
    url: batch,
    bodyLimit: MAX_BATCH_BYTES,
    onRequest: async (_request, reply) => letBatchIn(options, reply),
    handler: (request, reply) => failing(answerBatch(options, { request, reply })),
  });
  app.route({
    method: [...OTHERS, ...READING],
    url: batch,
    exposeHeadRoute: false,
    onRequest: allow('POST'),
    handler: nothing,
  });
}

interface Exchange {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

async function answerPath(options: Options, path: string, exchange: Exchange): Promise<void> {
  const place = parsePlace(path);
  if (place === undefined) throw nothingThere();
  const { privateRef } = place;
  try {
    if (privateRef !== undefined) requireReader(options.authenticate, privateRef, exchange.request.raw);
  } catch (error) {
    await refuseReader(exchange.reply, error);
    return;
  }
  await answerPlace(options, place, exchange);
}

async function answerPlace(
  { served, meter, now, stallTimeoutMs }: Options,
  place: Place,
  { request, reply }: Exchange,
): Promise<void> {
  await using file = await served.open(place);
  meter.asked(place.kind, file !== undefined);
  if (file === undefined) throw nothingThere();
  touchOf(served, place, request);
  await answerFile(file, { request, reply, place, meter, stallTimeoutMs, now });
}

function touchOf(served: ServedRepository, { object }: Place, request: FastifyRequest): void {
  if (object?.kind === 'commit') touch(served, object.id, request);
}

/** Whoever fetches a commit uses it. Nobody waits for the note. */
function touch({ repository }: ServedRepository, commit: string, { method, log }: FastifyRequest): void {
  if (method !== 'GET') return;
  repository
    .touch(commit)
    .catch((err: unknown) => log.warn({ err, commit }, 'the use of an artifact was not noted'));
}

/** What a repository or its store cannot do is 500: the one answer after which `ostree` asks again. */
async function failing(work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (cause) {
    if (cause instanceof DownloadRefusal || cause instanceof CacheError) throw cause;
    throw new CacheError('UNAVAILABLE', 'the artifact cache cannot be read', { cause });
  }
}
