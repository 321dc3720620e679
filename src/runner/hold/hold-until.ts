import type { PlannedStep } from '../../pipeline/index.ts';
import type { RunContext } from '../context.ts';
import { createInbox, type Inbox } from '../session/index.ts';
import { askPerson } from './ask-person.ts';
import { type HoldRecord, removeHold, writeHold } from './hold-record.ts';
import type { HoldAnswer, HoldRequest, KeyedChoice } from './hold-request.ts';
import { openHoldServer } from './hold-server.ts';

/** Something that was asked of a held run. */
export interface Asked {
  readonly request: HoldRequest;
  readonly by: 'terminal' | 'command';
  readonly reply: (answer: HoldAnswer) => void;
}

export interface HoldOptions {
  readonly step: PlannedStep;
  readonly choices: readonly KeyedChoice[];
  readonly timeoutMs: number;
  /** Does what is asked; `done`: the run is no longer held; `next`: the step that runs then. */
  readonly handle: (
    asked: Asked,
  ) => Promise<{ readonly answer: HoldAnswer; readonly done: boolean; readonly next?: string }>;
}

type HeldUntil = 'terminal' | 'command' | 'timeout' | 'interrupt';

/**
 * Waits for what is asked of a held run, at its terminal and through its socket, and handles one after the other until
 * one of them decides, nobody comes in time, or the run is interrupted. Tells which it was.
 */
export async function holdUntil(context: RunContext, options: HoldOptions): Promise<HeldUntil> {
  const { signal } = context;
  const inbox = createInbox<Asked>();
  const ask =
    (by: Asked['by']) =>
    async (request: HoldRequest): Promise<HoldAnswer> => {
      const answered = Promise.withResolvers<HoldAnswer>();
      inbox.put({ request, by, reply: answered.resolve });
      return await answered.promise;
    };
  const onAbort = (): void => inbox.close();
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) inbox.close();
  await using server = await openHoldServer(ask('command'));
  const record = holdRecord(context, { ...options, socket: server.path });
  await writeHold(context.request.workingDir, record);
  const menu = new AbortController();
  try {
    tellHeld(context, options, record);
    const asking = askPerson(context, {
      choices: options.choices,
      ask: ask('terminal'),
      signal: menu.signal,
    });
    const until = await handleAll(context, inbox, options);
    menu.abort();
    await asking;
    return until;
  } finally {
    menu.abort();
    signal.removeEventListener('abort', onAbort);
    await removeHold(context.request.workingDir, record);
  }
}

async function handleAll(context: RunContext, inbox: Inbox<Asked>, options: HoldOptions): Promise<HeldUntil> {
  const { safeId } = options.step;
  for (;;) {
    const asked = await inbox.next(options.timeoutMs);
    if (asked === undefined) {
      const by = inbox.closed ? 'interrupt' : 'timeout';
      context.emit({ type: 'resumed', at: Date.now(), safeId, choice: 'give-up', by });
      return by;
    }
    const { answer, done, next } = await options.handle(asked);
    if (done) {
      const { choice } = asked.request;
      const follows = next === undefined ? {} : { next };
      context.emit({ type: 'resumed', at: Date.now(), safeId, choice, by: asked.by, ...follows });
    }
    asked.reply(answer);
    if (done) return asked.by;
  }
}

function holdRecord(
  { request, owner }: RunContext,
  { step, choices, timeoutMs, socket }: HoldOptions & { readonly socket: string },
): HoldRecord {
  const since = Date.now();
  return {
    version: 1,
    runId: request.runId,
    pipeline: request.pipeline,
    step: step.displayName,
    choices: choices.map(({ name }) => name),
    socket,
    owner,
    since,
    expiresAt: since + timeoutMs,
  };
}

function tellHeld(
  context: RunContext,
  { step, choices }: HoldOptions,
  { expiresAt, runId }: HoldRecord,
): void {
  const { safeId, displayName } = step;
  context.emit({
    type: 'held',
    at: Date.now(),
    safeId,
    displayName,
    choices: choices.map(({ name, about }) => ({ name, about })),
    expiresAt,
  });
  if (context.person !== undefined) return;
  const until = new Date(expiresAt).toISOString();
  context.notice('info', `Decide with: slipway hold retry|edit FILE|skip|from STEP|shell|give-up ${runId}`);
  context.notice('info', `It gives up at ${until}.`);
}
