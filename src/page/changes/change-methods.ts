import { satisfies } from '../../auth/index.ts';
import type { StreamShares } from '../../kernel/index.ts';
import { methodsOf, QueueError, takeStream } from '../../queue/index.ts';
import type { ChangeFilter, ChangeKind } from '../wire.ts';
import type { Changes } from './changes.ts';
import type { EventStreams } from './event-streams.ts';

export interface ChangesContext {
  readonly changes: Changes;
  readonly streams: EventStreams;
  readonly shares: StreamShares;
  /** Whether a session was ended before its time. */
  readonly isEnded: (sessionId: string) => boolean;
}

const KINDS: readonly ChangeKind[] = ['task', 'run', 'build', 'workers', 'cache'];

/** What somebody has to have to hear of a kind: what it takes to see it. */
const SCOPES: Readonly<Record<ChangeKind, string>> = {
  task: 'queue:list-tasks',
  run: 'runs:read',
  build: 'builds:read:*',
  workers: 'queue:list-workers:*',
  cache: 'cache:list',
};

const SLUGID = /^[\w-]{22}$/;
const kind = KINDS.join('|');

const method = methodsOf<ChangesContext>();

/** `GET /api/slipway/v1/changes`. */
export const CHANGES = method({
  name: 'changes',
  verb: 'GET',
  path: '/changes',
  about:
    'tells what changes, as server-sent events, until the client leaves or the server stops; of kinds that the caller may not see nothing',
  query: {
    kinds: new RegExp(`^(?:${kind})(?:,(?:${kind})){0,9}$`),
    taskId: SLUGID,
    taskGroupId: SLUGID,
    taskQueueId: /^[a-zA-Z0-9_-]{1,38}\/[a-z](?:[-a-z0-9]{0,36}[a-z0-9])?$/,
    runId: /^[\w.-]{1,128}$/,
    buildId: /^[\w.-]{1,128}$/,
  },
  streams: 'text/event-stream',
  async handle({ query, caller, reply }, { changes, streams, shares, isEnded }) {
    const { sessionId } = caller;
    const { kinds: asked, ...filter } = query;
    const kinds = kindsOf(caller.scopes, asked === undefined ? KINDS : (asked.split(',') as ChangeKind[])); // the pattern has them alone
    for (const [name, value] of Object.entries(reply.getHeaders())) reply.raw.setHeader(name, value ?? '');
    if (reply.raw.destroyed) return; // its end is told to nobody any more
    const listening = new DisposableStack();
    listening.use(takeStream(shares, reply.request.raw, caller));
    const stream = streams.open(reply.raw, {
      headers: HEADERS,
      ...(caller.expiresAt !== undefined && { endsAt: caller.expiresAt }),
      ...(sessionId !== undefined && { isOver: () => isEnded(sessionId) }),
      onEnd: () => listening.dispose(),
    });
    if (reply.raw.destroyed) return;
    listening.use(changes.listen({ kinds, filter: filter as ChangeFilter, hear: stream.send }));
  },
});

const HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store',
  'x-accel-buffering': 'no', // what a proxy gathers it would give too late
};

// One set for the same kinds, however many ask: what is told to them is made once.
const sets = new Map<string, ReadonlySet<ChangeKind>>();

/** Those of the asked kinds that the scopes allow. Throws where there is none. */
function kindsOf(scopes: readonly string[], asked: readonly ChangeKind[]): ReadonlySet<ChangeKind> {
  const kinds = KINDS.filter((each) => asked.includes(each) && satisfies(scopes, SCOPES[each]));
  if (kinds.length === 0) {
    const needed = asked.map((each) => SCOPES[each]).join(' or ');
    throw new QueueError(
      'InsufficientScopes',
      `Nothing that changes may be seen without the scope ${needed}.`,
    );
  }
  const key = kinds.join();
  const known = sets.get(key) ?? new Set(kinds);
  sets.set(key, known);
  return known;
}
