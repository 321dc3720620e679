import { type Clock, DatabaseError } from '../../database/index.ts';
import { createRedactor } from '../../kernel/index.ts';
import type { RegistryClient } from '../../registry/index.ts';
import type { BuildProgress, BuildWork } from '../backend.ts';
import type { BuiltImage } from '../build.ts';
import type { Destination } from '../destination.ts';
import { BuildError, ServerStopping } from '../error.ts';
import type { BuildRecords } from '../records/build-records.ts';
import type { BuildInput, StoredBuild } from '../records/build-row.ts';
import type { ClaimedBuild, Claims, Ending } from '../records/claims.ts';
import { briefly } from './briefly.ts';
import { type BuildLimits, ClaimLost, within } from './build-limits.ts';
import { type BuildLog, openBuildLog } from './build-log.ts';
import type { BuilderSettings } from './builder-options.ts';
import { findParent } from './find-parent.ts';
import { logNameOf } from './names.ts';
import { referenceOf, reuseImage } from './reuse-image.ts';

export interface RunParts {
  readonly settings: BuilderSettings;
  readonly records: BuildRecords;
  readonly claims: Claims;
  readonly clock: Clock;
}

/** One build while it goes on. */
interface Run extends RunParts {
  readonly build: ClaimedBuild;
  readonly input: BuildInput;
  readonly destination: Destination;
  readonly client: RegistryClient;
  readonly limits: BuildLimits;
  readonly log: BuildLog;
}

const DIGEST = /^sha256:[0-9a-f]{64}$/;

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Waits for what may not listen to the signal no longer than the grace. */
async function patiently<T>(
  { limits: { signal }, settings: { graceMs, onError } }: Pick<Run, 'limits' | 'settings'>,
  what: string,
  work: () => Promise<T>,
): Promise<T> {
  const onDeaf = (): void =>
    onError(
      new Error(`${what} did not end within ${graceMs / 1000} s after it was told to, and was left alone`),
    );
  return await within(work, { signal, graceMs, onDeaf });
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

/** Where the image is there already. Nothing of it fails a build: then it is built. */
async function reused(run: Run, sourceDigest: string): Promise<Ending | undefined> {
  const { build, records, client, destination, limits, log } = run;
  if (build.forced) return undefined;
  const { target } = build;
  try {
    const images = await records.images(build.key);
    if (images.length === 0) return undefined;
    const { signal } = limits;
    const found = await reuseImage({ images, sourceDigest, target, destination, client, signal });
    if (found === undefined) return undefined;
    log.say(`Nothing is built: build ${found.from.reusedFrom ?? found.from.id} made the same image`);
    const { attestation } = found.from;
    return {
      state: 'succeeded',
      image: found.image,
      reusedFrom: found.from,
      ...(attestation && { attestation }),
    };
  } catch (error) {
    limits.signal.throwIfAborted();
    log.say(`Whether the image is there already could not be found out, so it is built: ${reasonOf(error)}`);
    return undefined;
  }
}

/** An image to build on. Nothing of it fails a build: then it is built from its source. */
async function parentOf(run: Run, sourceDigest: string): Promise<StoredBuild | undefined> {
  const { build, records, client, limits, log, input, settings } = run;
  try {
    const { signal } = limits;
    return await findParent({
      build,
      sourceDigest,
      file: input.file,
      records,
      recipe: settings.recipe,
      client,
      signal,
    });
  } catch (error) {
    limits.signal.throwIfAborted();
    log.say(`No earlier image can be looked for, so all is installed: ${reasonOf(error)}`);
    return undefined;
  }
}

/** A name with its digest, where it has none. */
const pinned = (source: string, digest: string): string =>
  source.includes('@') ? source : `${source}@${digest}`;

function workOf(run: Run, from: string, sourceDigest: string): BuildWork {
  const { build, input, destination, settings } = run;
  const { id, jobName, user, kind, target, source, forced, key } = build;
  const installed = { user, source: from, ...(kind !== undefined && { kind }) };
  return {
    id,
    jobName,
    user,
    ...(kind !== undefined && { kind }),
    source: from,
    context: settings.recipe.writeContext({
      ...installed,
      ...(input.file !== undefined && { file: input.file }),
    }),
    target,
    destination,
    labels: {
      'org.opencontainers.image.base.name': source,
      'org.opencontainers.image.base.digest': sourceDigest,
      'slipway.build.key': key,
    },
    noCache: forced,
    timeLimitMs: settings.timeLimitMs,
  };
}

/** What the backend tells goes into the log and the record; after the end nothing more is heard of it. */
function progressOf({ build, claims, limits, log, settings }: Run): BuildProgress & Disposable {
  let isOver = false;
  return {
    async write(text) {
      if (isOver) return;
      limits.heard();
      await log.write(text);
      if (!isOver) limits.heard();
    },
    phase(phase) {
      if (isOver) return;
      limits.phase(phase);
      claims.setPhase(build, phase).catch(settings.onError);
    },
    [Symbol.dispose]() {
      isOver = true;
    },
  };
}

async function buildFrom(run: Run, from: string, sourceDigest: string): Promise<string> {
  const { settings, limits } = run;
  const work = workOf(run, from, sourceDigest);
  using progress = progressOf(run);
  progress.phase('build');
  const { digest } = await patiently(run, `The build ${run.build.id}`, async () =>
    settings.backend.build(work, progress, limits.signal),
  );
  if (DIGEST.test(digest)) return digest;
  throw new BuildError('backend-failed', 'The backend did not say which image it has pushed');
}

/** Whether the same may go well from the source on. */
const isOfParent = (error: unknown): boolean =>
  error instanceof BuildError &&
  ['requirement-failed', 'source-not-found', 'source-refused', 'backend-failed'].includes(error.reason);

/** On the parent, where there is one and that goes well. */
async function buildOnParent(
  run: Run,
  parent: StoredBuild,
  sourceDigest: string,
): Promise<string | undefined> {
  const { log, destination, build } = run;
  const digest = parent.image?.digest ?? '';
  log.say(`Only what the image of build ${parent.id} lacks is installed`);
  try {
    return await buildFrom(run, `${destination.pushHost}/${build.target.repository}@${digest}`, sourceDigest);
  } catch (error) {
    if (run.limits.signal.aborted || !isOfParent(error)) throw error;
    log.say(`That failed, so all is installed: ${reasonOf(error)}`);
    return undefined;
  }
}

type Attested = Pick<Ending & { state: 'succeeded' }, 'attestation' | 'report'>;

/** What is in the image. Nothing of it fails a build: the image is there. */
async function attested(run: Run, digest: string, sourceDigest: string): Promise<Attested> {
  const { settings, client, claims, build, limits, log } = run;
  const { attest } = settings;
  if (attest === undefined) return { attestation: 'off' };
  limits.phase('attest');
  claims.setPhase(build, 'attest').catch(settings.onError);
  const signal = AbortSignal.any([limits.signal, AbortSignal.timeout(settings.attestLimitMs)]);
  const { state: _, phase: __, ...shown } = { ...build, sourceDigest };
  const request = {
    client,
    repository: build.target.repository,
    digest,
    build: shown,
    endedAt: run.clock.now(),
  };
  try {
    const report = await within(
      async () => attest({ ...request, onNotice: (text) => log.say(text), signal }),
      {
        signal,
        graceMs: settings.graceMs,
        onDeaf: () => settings.onError(new Error('What attests an image does not end')),
      },
    );
    return { report, attestation: 'attached' };
  } catch (error) {
    if (limits.signal.reason instanceof ClaimLost) throw error;
    log.say(`What is in the image could not be read or attached: ${reasonOf(error)}`);
    return { attestation: 'failed' };
  }
}

async function succeeded(
  run: Run,
  digest: string,
  { sourceDigest, parent }: { readonly sourceDigest: string; readonly parent: StoredBuild | undefined },
): Promise<Ending> {
  const { attestation, report } = await attested(run, digest, sourceDigest);
  const image: BuiltImage = {
    reference: referenceOf(run.destination, run.build.target),
    digest,
    ...(report && { sizeBytes: report.sizeBytes, addedBytes: report.addedBytes }),
  };
  return {
    state: 'succeeded',
    image,
    ...(attestation && { attestation }),
    ...(report && { report }),
    ...(parent && { parent }),
  };
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
async function failedAlready({ records }: RunParts, claimed: ClaimedBuild): Promise<Ending | undefined> {
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
  if (already !== undefined) return already;
  const input = await records.input(claimed.id);
  const destination = await patiently({ limits, settings }, 'What knows the registry', async () =>
    settings.backend.destination(input.environment, claimed.user),
  );
  for (const secret of secretsOf(destination, input)) addSecret(secret);
  await using client = settings.registryClientFor(destination);
  return await build({ ...parts, build: claimed, input, destination, client, limits, log });
}

/** Runs a build that this server has claimed, and says how it ended; `undefined`: another one has it, or will have it. */
export async function runBuild(
  parts: RunParts,
  claimed: ClaimedBuild,
  limits: BuildLimits,
): Promise<Ending | undefined> {
  const { settings } = parts;
  const redactor = createRedactor({ secrets: settings.secrets });
  const { logs, logLimitBytes: limitBytes, onError } = settings;
  const log = openBuildLog({ logs, name: logNameOf(claimed.id), redactor, limitBytes, onError });
  if (claimed.attempts > 1) log.say('The build begins again: the server that ran it is gone');
  try {
    return await prepareAndBuild(parts, claimed, limits, log, (secret) => void redactor.add(secret));
  } catch (error) {
    if (error instanceof ClaimLost) return undefined;
    if (error instanceof ServerStopping) {
      log.say(error.message);
      return undefined;
    }
    const ending = endingOf(error);
    const told =
      ending.state === 'succeeded' ? ending : { ...ending, message: redactor.text(ending.message) };
    if (told.state !== 'succeeded') log.say(told.message);
    return told;
  } finally {
    await briefly(log.close(), settings.graceMs);
  }
}
