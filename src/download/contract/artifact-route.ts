import { METHODS } from 'node:http';
import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { answerDownload, type DownloadMeter, untilGone } from '../answer-download.ts';
import { type Access, authorize } from '../links/authorize.ts';
import { DownloadRefusal } from '../refusal.ts';
import { linkRefused } from '../runs/refusals.ts';
import { readAsk } from './ask.ts';
import { type ArtifactPlaces, openArtifact } from './open-artifact.ts';

/** The one address of the original. */
export const ARTIFACT_PATH = '/api/v3/operator/artifact/download';

/** What the original answers where no route is. */
export const ARTIFACT_NOT_FOUND_TEXT = 'Download URL is incorrect, 404 not found';

export interface ArtifactRouteOptions extends ArtifactPlaces {
  /** The original lets everybody in: `open`. */
  readonly access: Access;
  readonly meter: DownloadMeter;
  /** @defaultValue as `answerDownload` has it */
  readonly stallTimeoutMs?: number;
}

const ALLOWED = ['GET', 'HEAD', 'OPTIONS'];
const MEDIA_TYPE = 'binary/octet-stream';
// The same address may have another artifact tomorrow, and a proxy does not know who may have it: everybody asks, and is told
// with 304 where nothing changed.
const FRESH = { 'Cache-Control': 'private, no-cache' };

/**
 * The original's route: `GET /api/v3/operator/artifact/download?a=ARTIFACT[&s=STOREPATH | &t=TENANCY]`, with our `path=FILE` and
 * `as=tar|tar.gz|zip`. `docs/contracts/download.md` says what is kept of the original, and what not.
 */
export const artifactRoute =
  (options: ArtifactRouteOptions): FastifyPluginAsync =>
  async (app) => {
    app.route({
      method: allMethods(app),
      url: ARTIFACT_PATH,
      exposeHeadRoute: false, // it is one of them
      onRequest: checkMethod,
      handler: (request, reply) => answer(options, request, reply),
    });
  };

/** Every method that Node reads, so that an unknown one is refused here and not taken for a wrong address. */
function allMethods(app: FastifyInstance): string[] {
  const methods = METHODS.filter((method) => method !== 'CONNECT'); // has no path
  for (const method of methods) if (!app.supportedMethods.includes(method)) app.addHttpMethod(method);
  return methods;
}

// Before a body is read: nobody waits for one that is of no use.
async function checkMethod(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> {
  if (request.method === 'OPTIONS') return reply.code(204).header('allow', ALLOWED.join(', ')).send();
  if (ALLOWED.includes(request.method)) return undefined;
  const headers = { allow: ALLOWED.join(', '), connection: 'close' };
  throw new DownloadRefusal('WRONG_METHOD', 'protocol error', { headers });
}

async function answer(
  options: ArtifactRouteOptions,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  const ask = readAsk(request.url, request.headers.authorization);
  const refused = authorize(options.access, ask.claim, options.now());
  if (refused !== undefined) throw linkRefused(refused);
  const { content, source } = await openArtifact(options, ask, untilGone(reply));
  await answerDownload({
    request,
    reply,
    content,
    source,
    meter: options.meter,
    headers: source === 'file' || source === 'oci' ? { ...FRESH, 'Content-Type': MEDIA_TYPE } : FRESH,
    ...(options.stallTimeoutMs !== undefined && { stallTimeoutMs: options.stallTimeoutMs }),
  });
}
