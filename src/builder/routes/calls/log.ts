import { type SendOutcome, sendChunks, untilGone } from '../../../download/index.ts';
import type { BuilderRoute, RouteCall } from '../route.ts';
import type { RoutesContext } from '../routes-context.ts';
import { givenId, knownBuild } from './known-build.ts';

const NOTHING = Buffer.alloc(0);
const STALL_TIMEOUT_MS = 120_000;

/** What a build prints, as text. */
export const LOG: BuilderRoute = {
  name: 'log',
  verb: 'GET',
  path: '/log',
  operatorPath: '/:id/log',
  about:
    'gives what a build has printed and prints, as text/plain; `start` is a position in bytes to go on from',
  query: { id: /^[^\r\n]{0,128}$/, start: /^\d{1,15}$/, follow: /^(?:true|false)$/ },
  handle: giveLog,
};

async function giveLog(call: RouteCall, context: RoutesContext): Promise<undefined> {
  const { request, reply, query } = call;
  const id = givenId(query['id'], 'No id provided for build log.');
  const build = await knownBuild(call, context, { id, action: 'read' });
  const { login } = call.principal;
  // Who is nobody's user is the operator, or whoever an open server trusts.
  using _reader = login === undefined ? undefined : context.readers.add(login);
  const start = Number(query['start'] ?? 0);
  const follow = query['follow'] !== 'false';
  async function* chunks(gone: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
    yield NOTHING; // the headers go out now: a build may be silent for long
    yield* context.builder.log(build.id, { start, follow, signal: gone });
  }
  const ended = context.meter.begin('log');
  let outcome: SendOutcome | undefined;
  try {
    outcome = await sendChunks({
      response: reply.raw,
      status: 200,
      headers: {
        'content-type': 'text/plain; charset=utf-8',
        'content-disposition': 'inline',
        'x-slipway-log-start': start,
      },
      body: chunks,
      signal: AbortSignal.any([untilGone(reply), context.stopping]),
      stallTimeoutMs: STALL_TIMEOUT_MS,
    });
  } finally {
    ended(outcome);
  }
  if (outcome.end === 'failed') request.log.error({ err: outcome.error, build: id }, 'a log was cut off');
  reply.hijack();
}
