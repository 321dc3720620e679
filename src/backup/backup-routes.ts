import { Readable } from 'node:stream';
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { AuthError, type Caller, satisfies } from '../auth/index.ts';
import type { RemovalGate } from './hold-removals.ts';
import { type BackupSource, takeBackup } from './take/take-backup.ts';

export interface BackupRoutesOptions {
  readonly source: BackupSource;
  /** Of what is removed while the server goes on. */
  readonly gate: RemovalGate;
  /** Who calls. Throws `AuthError`. */
  readonly callerOf: (request: FastifyRequest) => Caller;
  /** Aborts when the server begins to stop. */
  readonly stopping: AbortSignal;
  /** How long a client may take nothing, in milliseconds. @defaultValue two minutes */
  readonly stallTimeoutMs?: number;
}

export const BACKUP_PATH = '/api/slipway/v1/backup';
export const BACKUP_SCOPE = 'slipway:backup';

const STALL_MS = 2 * 60_000;
const RETRY_SECONDS = 60;

/** `GET /api/slipway/v1/backup`: a backup of all that the server keeps, one at a time. */
export const backupRoutes =
  (options: BackupRoutesOptions): FastifyPluginAsync =>
  async (app) => {
    const state = { isTaking: false };
    app.get(
      BACKUP_PATH,
      { exposeHeadRoute: false, config: { callName: 'slipway.backup', errors: 'json' } },
      async (request, reply) => {
        requireScope(options.callerOf(request));
        if (state.isTaking) return busy(reply);
        state.isTaking = true;
        const onEnd = (): void => {
          state.isTaking = false;
        };
        return await send(request, reply, { ...options, onEnd });
      },
    );
  };

function requireScope({ clientId, scopes }: Caller): void {
  if (satisfies(scopes, BACKUP_SCOPE)) return;
  const message = `The client ${clientId} lacks the scope ${BACKUP_SCOPE}: a backup holds all that the server knows.`;
  throw new AuthError(message, 'InsufficientScopes');
}

const busy = (reply: FastifyReply): FastifyReply =>
  reply
    .code(503)
    .header('retry-after', String(RETRY_SECONDS))
    .send({ code: 'busy', message: 'Another backup is being taken: try again when it has ended.' });

async function send(
  request: FastifyRequest,
  reply: FastifyReply,
  { source, gate, stopping, stallTimeoutMs = STALL_MS, onEnd }: BackupRoutesOptions & { onEnd: () => void },
): Promise<FastifyReply> {
  const leaving = new AbortController();
  const signal = AbortSignal.any([stopping, leaving.signal]);
  // A large database is copied before the next bytes come: who takes nothing is found out here.
  request.raw.socket.setTimeout(0);
  const stall = (): void => leaving.abort(new Error('the client takes nothing'));
  const bytes = withHold(unstalled(takeBackup(source, signal), { stallTimeoutMs, stall }), gate);
  const stream = Readable.from(bytes, { objectMode: false });
  signal.addEventListener('abort', () => stream.destroy(signal.reason), { once: true });
  stream.once('close', onEnd);
  const startedAt = performance.now();
  stream.once('end', () =>
    request.log.info({ durationMs: Math.round(performance.now() - startedAt) }, 'a backup was taken'),
  );
  stream.once('error', (err) => request.log.error({ err }, 'a backup was cut'));
  const name = `slipway-${new Date(source.now()).toISOString().replaceAll(/[:.]/g, '-')}.tar`;
  return reply
    .type('application/x-tar')
    .header('cache-control', 'no-store')
    .header('content-disposition', `attachment; filename="${name}"`)
    .send(stream);
}

async function* withHold(
  bytes: AsyncIterable<Buffer>,
  gate: RemovalGate,
): AsyncGenerator<Buffer, void, undefined> {
  await using _held = await gate.hold();
  yield* bytes;
}

/** What waits for a client for too long is given up. */
async function* unstalled(
  bytes: AsyncIterable<Buffer>,
  { stallTimeoutMs, stall }: { readonly stallTimeoutMs: number; readonly stall: () => void },
): AsyncGenerator<Buffer, void, undefined> {
  for await (const piece of bytes) {
    const timer = setTimeout(stall, stallTimeoutMs);
    try {
      yield piece;
    } finally {
      clearTimeout(timer);
    }
  }
}
