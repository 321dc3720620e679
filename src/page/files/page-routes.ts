import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import type { BuiltPage, Packing } from './built-page.ts';
import { PAGE_POLICY, SHELL_POLICY } from './policy.ts';

/** The addresses of the page (`ui/src/router/routes.ts` has what is shown there). */
export const PAGE_ADDRESSES = [
  '/',
  '/runs',
  '/runs/:runId',
  '/tasks',
  '/tasks/new',
  '/tasks/:taskId',
  '/groups/:taskGroupId',
  '/queues',
  '/queues/:provisionerId/:workerType',
  '/cache',
  '/images',
  '/images/:buildId',
  '/usage',
  '/sessions',
  '/sign-in',
] as const;

const SHELL_ADDRESSES = ['/shell', '/shell/'] as const;

// A year: the name of such a file has a hash of its content.
const FOREVER = 'public, max-age=31536000, immutable';

declare module 'fastify' {
  interface RouteConstraint {
    /** The route is for browsers that show the page; others find the next one at the same address. */
    page?: string;
  }
}

const FOR_PAGE = { constraints: { page: 'yes' } };

/**
 * Whether a browser asks for the page. Who brings a token or a signed link is given what these are for: the address without the
 * page's program.
 */
export function asksForPage({ url = '', headers }: Pick<IncomingMessage, 'url' | 'headers'>): boolean {
  if (headers.authorization !== undefined || !/\btext\/html\b/i.test(headers.accept ?? '')) return false;
  return !/[?&](?:expires|signature|bewit)=/.test(url);
}

/**
 * The page's files:
 *
 * - `GET /`, `/runs`, `/tasks`, …: its document, to who accepts HTML; with 404 where nothing else is, which it tells as a page
 * - `GET /assets/NAME`: its scripts and styles, as the build named and packed them
 */
export const pageRoutes =
  (built: BuiltPage): FastifyPluginAsync =>
  (app) => {
    preferPage(app);
    const document =
      (policy: string, status = 200) =>
      async (_request: FastifyRequest, reply: FastifyReply) =>
        reply
          .code(status)
          .headers({
            'content-security-policy': policy,
            'cross-origin-opener-policy': 'same-origin',
            // It names files that the next version of the program no longer has.
            'cache-control': 'no-store',
          })
          .type('text/html; charset=utf-8')
          .send(await built.document());
    for (const path of PAGE_ADDRESSES) app.get(path, FOR_PAGE, document(PAGE_POLICY));
    for (const path of SHELL_ADDRESSES) app.get(path, FOR_PAGE, document(SHELL_POLICY));
    app.get('/*', FOR_PAGE, document(PAGE_POLICY, 404));
    app.get<{ Params: { name: string } }>('/assets/:name', (request, reply) =>
      giveAsset(built, request, reply),
    );
    return Promise.resolve();
  };

/** Lets routes with the constraint be found first by who asks for the page. */
function preferPage(app: FastifyInstance): void {
  app.addConstraintStrategy({
    name: 'page',
    storage() {
      const handlers = new Map<string, unknown>();
      return {
        get: (value: string) => handlers.get(value) ?? null,
        set: (value: string, handler: unknown) => void handlers.set(value, handler),
      } as never; // the router's own types ask for its handlers, which pass through
    },
    deriveConstraint: (request: IncomingMessage) => (asksForPage(request) ? 'yes' : undefined),
    validate() {},
  });
}

async function giveAsset(
  built: BuiltPage,
  { params, headers }: FastifyRequest<{ Params: { name: string } }>,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const file = await built.asset(params.name, acceptedOf(String(headers['accept-encoding'] ?? '')));
  if (file === undefined) {
    reply.callNotFound();
    return reply;
  }
  if (file.packing !== 'identity') reply.header('content-encoding', file.packing);
  return reply
    .headers({
      'cache-control': FOREVER,
      vary: 'accept-encoding',
      // A worker has the policy of its own file, not that of the document.
      'content-security-policy': PAGE_POLICY,
    })
    .type(file.type)
    .send(file.bytes);
}

/** The packings that a client takes, the smallest first. One with a weight of nothing is refused. */
function acceptedOf(header: string): readonly Packing[] {
  const taken = header
    .split(',')
    .map((part) => part.trim().toLowerCase())
    .filter((part) => !/;\s*q=0(?:\.0*)?$/.test(part))
    .map((part) => part.split(';')[0]?.trim());
  return (['br', 'gzip'] as const).filter((packing) => taken.includes(packing));
}
