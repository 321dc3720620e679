import type { IncomingMessage, ServerResponse } from 'node:http';
import { CACHE_HEADER, CACHE_VERSION, parsePlace, type ServedRepository } from '../../cache/index.ts';
import type { ServerMetrics } from '../metrics.ts';
import { SECURE_HEADERS } from '../secure-headers.ts';
import { isPlain, smallHeaders } from './answer-file.ts';
import { CACHE_BASES } from './bases.ts';
import type { CacheMeter } from './cache-meter.ts';

export interface AtOnceOptions {
  readonly served: ServedRepository;
  readonly meter: CacheMeter;
  readonly metrics: ServerMetrics;
}

const FIXED = { ...SECURE_HEADERS, [CACHE_HEADER]: CACHE_VERSION };

/**
 * Answers with objects that are in memory before a route is looked for: a pull asks for thousands of them, and takes half as
 * much of a processor then. What it does not answer, for any reason, the routes do, with the same answer.
 */
export function objectsAtOnce({ served, meter, metrics }: AtOnceOptions) {
  const ways = CACHE_BASES.map((base) => ({
    before: `${base}/objects/`,
    from: base.length + 1,
    route: `${base}/objects/*`,
  }));
  return (request: IncomingMessage, response: ServerResponse): boolean => {
    const { method, url = '' } = request;
    const way = method === 'GET' ? ways.find(({ before }) => url.startsWith(before)) : undefined;
    const place = way === undefined ? undefined : parsePlace(url.slice(way.from));
    // The use of a commit is noted by its route.
    if (way === undefined || place?.object === undefined || place.kind === 'commit' || !isPlain(request))
      return false;
    const small = served.peek(place);
    if (small === undefined) return false;
    response.writeHead(200, { ...FIXED, ...smallHeaders(place, small) }).end(small.bytes);
    meter.asked(place.kind, true);
    meter.sent(place.kind, small.bytes.length);
    metrics.answeredAtOnce(way.route);
    return true;
  };
}
