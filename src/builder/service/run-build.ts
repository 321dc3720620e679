import { DatabaseError } from '../../database/index.ts';
import { createRedactor, type Redactor, visibleText } from '../../kernel/index.ts';
import type { Destination } from '../destination.ts';
import { BuildError, ServerStopping } from '../error.ts';
import type { BuildInput } from '../records/build-row.ts';
import type { ClaimedBuild, Ending } from '../records/claims.ts';
import { succeeded } from './attest-image.ts';
import { briefly } from './briefly.ts';
import { buildFrom, buildOnParent, pinned } from './build-image.ts';
import { type BuildLimits, ClaimLost } from './build-limits.ts';
import { type BuildLog, openBuildLog } from './build-log.ts';
import { parentOf, reused } from './look-for-image.ts';
import { logNameOf } from './names.ts';
import { patiently, type Run, type RunParts, reasonOf } from './run.ts';

const MAX_MESSAGE_CHARACTERS = 2000;

/** Registries and engines have a word in it: in short, and with nothing that a terminal acts on. */
function sayable(message: string): string {
  const text = message.split('\n').map(visibleText).join('\n');
  return text.length <= MAX_MESSAGE_CHARACTERS ? text : `${text.slice(0, MAX_MESSAGE_CHARACTERS)}…`;
}

/** What users may be told of a failure. Everything that says no reason is the builder's own trouble. */
function endingOf(error: unknown): Ending {
  if (error instanceof BuildError) {
    const state = error.reason === 'cancelled' ? 'cancelled' : 'failed';
    return { state, reason: error.reason, message: error.message };
  }
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (error instanceof Error && error.name === 'RegistryError') {
    const reason =
      code === 'UNREACHABLE' || code === 'PROTOCOL' ? 'registry-unreachable' : 'registry-refused';
    return { state: 'failed', reason, message: error.message };
  }
  // Where it is, and what it says, is the operator's business.
  const message =
    error instanceof DatabaseError ? 'The database of the image builder did not answer' : reasonOf(error);
  return { state: 'failed', reason: 'backend-failed', message };
}

/** From what the source means to what is known of the image. */
async function build(run: Run): Promise<Ending> {
  const { settings, claims, destination, limits, log } = run;
  const { source, forced } = run.build;
  const sourceDigest = await patiently(run, `What looks for ${source}`, async () =>
    settings.backend.sourceDigest(source, { destination, fresh: forced, signal: limits.signal }),
  );
  await claims.setSourceDigest(run.build, sourceDigest);
  const found = await patiently(run, 'The registry', () => reused(run, sourceDigest));
  if (found !== undefined) return found;
  const parent = await patiently(run, 'The registry', () => parentOf(run, sourceDigest));
  const onParent = parent && (await buildOnParent(run, parent, sourceDigest));
  if (onParent !== undefined) return await succeeded(run, onParent, { sourceDigest, parent });
  log.say(`The image is built from ${source} (${sourceDigest})`);
  const digest = await buildFrom(run, pinned(source, sourceDigest), sourceDigest);
  return await succeeded(run, digest, { sourceDigest, parent: undefined });
}

/** One that waited for the same of another, and that failed by its own fault. */
async function failedAlready(
  { records }: RunParts,
  claimed: ClaimedBuild,
): Promise<Exclude<Ending, { readonly state: 'succeeded' }> | undefined> {
  if (claimed.forced) return undefined;
  const other = await records.failedSince(claimed.key, claimed.createdAt);
  if (other?.reason === undefined) return undefined;
  return {
    state: 'failed',
    reason: other.reason,
    message: `As build ${other.id} of the same: ${other.message ?? ''}`,
  };
}

/** Secrets that its log must not show. */
function secretsOf({ credentials }: Destination, { environment }: BuildInput): string[] {
  const secret = environment['REGISTRY_SECRET'] ?? '';
  const password = secret.includes(':') ? [secret, secret.slice(secret.indexOf(':') + 1)] : [];
  return [...password, ...(credentials === undefined ? [] : [credentials.password])];
}

async function prepareAndBuild(
  parts: RunParts,
  claimed: ClaimedBuild,
  limits: BuildLimits,
  log: BuildLog,
  addSecret: (secret: string) => void,
): Promise<Ending> {
  const { settings, records } = parts;
  const already = await failedAlready(parts, claimed);
  if (already !== undefined) {
    log.say(already.message);
    return already;
  }
  const input = await records.input(claimed.id);
  const destination = await patiently({ limits, settings }, 'What knows the registry', async () =>
    settings.backend.destination(input.environment, claimed.user),
  );
  for (const secret of secretsOf(destination, input)) addSecret(secret);
  await using client = settings.registryClientFor(destination);
  return await build({ ...parts, build: claimed, input, destination, client, limits, log });
}

/** A build that goes on no more. */
export interface RanBuild {
  /** `undefined`: another server has it, or will have it. */
  readonly ending: Ending | undefined;
  /** Tries once more to write what the log has not taken. Never throws, and takes not long. */
  closeLog(): Promise<void>;
}

/** Runs a build that this server has claimed, and says how it ended. */
export async function runBuild(
  parts: RunParts,
  claimed: ClaimedBuild,
  limits: BuildLimits,
): Promise<RanBuild> {
  const { settings } = parts;
  const redactor = createRedactor({ secrets: settings.secrets });
  const { logs, logLimitBytes: limitBytes, onError } = settings;
  const log = openBuildLog({ logs, name: logNameOf(claimed.id), redactor, limitBytes, onError });
  if (claimed.attempts > 1) log.say('The build begins again: the server that ran it is gone');
  const closeLog = () => briefly(log.close(), settings.graceMs);
  const run = () => prepareAndBuild(parts, claimed, limits, log, (secret) => void redactor.add(secret));
  const ending = await run().catch((error: unknown) => endingAfter(error, { log, redactor }));
  await closeLog();
  return { ending, closeLog };
}

/** What a build that threw ends with, and its log. */
function endingAfter(
  error: unknown,
  { log, redactor }: { readonly log: BuildLog; readonly redactor: Redactor },
): Ending | undefined {
  if (error instanceof ClaimLost) return undefined;
  if (error instanceof ServerStopping) {
    log.say(error.message);
    return undefined;
  }
  const ending = endingOf(error);
  if (ending.state === 'succeeded') return ending;
  const told = { ...ending, message: sayable(redactor.text(ending.message)) };
  log.say(told.message);
  return told;
}
