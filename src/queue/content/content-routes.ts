import type { FastifyInstance } from 'fastify';
import type { DownloadMeter } from '../../download/index.ts';
import type { ObjectStore } from '../../store/index.ts';
import { mountStream, type StreamOptions } from '../own-routes/stream-route.ts';
import type { Queue } from '../queue.ts';
import { giveContent } from './give-content.ts';
import { takeContent } from './take-content.ts';
import { takeObject } from './take-object.ts';

export interface ContentRoutesOptions extends StreamOptions {
  readonly queue: Queue;
  readonly store: ObjectStore;
  /** What `createArtifactUrls` signs with. */
  readonly contentKey: Buffer;
  readonly meter: DownloadMeter;
  /** How long a client may take or send nothing, in milliseconds. @defaultValue 120000 */
  readonly stallTimeoutMs?: number;
}

const SIGNED = { expires: /^\d{1,12}$/, signature: /^[\w-]{43}$/ } as const;

/** The bytes of artifacts: where `putUrl`, the Object API and the redirects of the Queue API lead. */
export function mountContentRoutes(app: FastifyInstance, options: ContentRoutesOptions): void {
  mountStream(app, options, {
    method: ['PUT'],
    place: 'content',
    callName: 'slipway.putContent',
    query: { ...SIGNED, length: /^\d{1,16}$/ },
    takesItsTime: true,
    handle: (call) =>
      call.query['length'] === undefined ? takeContent(call, options) : takeObject(call, options),
  });
  mountStream(app, options, {
    method: ['GET', 'HEAD'],
    place: 'content',
    callName: 'slipway.getContent',
    query: SIGNED,
    handle: (call) => giveContent(call, options),
  });
}
