import { createHash } from 'node:crypto';
import type { Plan, PlannedStep } from '../../pipeline/index.ts';
import type { Box } from '../box.ts';
import type { RunContext } from '../context.ts';
import { asFailure } from '../failure.ts';
import type { Lookup, ReadyImage } from '../images.ts';
import { imageLabels } from '../labels.ts';
import { captureShell } from '../shell-state.ts';
import type { Keeping } from './keeping.ts';
import { mountedFolders } from './mounted.ts';
import { type KeptState, type KeptStep, type StatesRecord, stateName } from './record.ts';
import { listSource } from './source-changes.ts';
import { openStateFolder, type StateFolder } from './state-folder.ts';
import { STATE_LABEL, stateImage } from './state-image.ts';
import { withoutSecrets } from './without-secrets.ts';

/** Keeps what each step of a run leaves. */
export interface StateKeeper extends Keeping {
  /**
   * Keeps the box and its shell as they are now, after `index` steps. Nothing is kept of a shell that is gone; a state that
   * cannot be kept is told, and the run goes on without it.
   */
  keep(box: Box, index: number): Promise<void>;
  /** The image of what was there after `index` steps; `undefined` where none is kept. */
  imageAt(index: number): string | undefined;
  /** Remembers the shell of a run that goes on where another was, as it is before it gets what that one's held. */
  keepBase(box: Box): Promise<void>;
}

const fingerprint = ({ owner, name, version, source, cwd, environment }: PlannedStep): string => {
  const values = environment.map((entry) => [entry.name, entry.secret ? '' : entry.value]);
  const said = JSON.stringify([owner, name, version, source, cwd, values]);
  return createHash('sha256').update(said).digest('hex').slice(0, 16);
};

export const keptStep = (step: PlannedStep): KeptStep => ({
  safeId: step.safeId,
  name: step.name,
  displayName: step.displayName,
  fingerprint: fingerprint(step),
});

export interface KeeperOptions {
  readonly plan: Plan;
  readonly lookup: Lookup;
  readonly image: ReadyImage;
}

/** The keeper of a run's states; `undefined` where the request wants none. */
export function keeperFor(context: RunContext, options: KeeperOptions): StateKeeper | undefined {
  if (context.request.states?.keep !== true) return undefined;
  const folder = openStateFolder(context.request.workingDir);
  let record = newRecord(context, options);
  let start: StartImage | undefined;
  if (record.mounts.length > 0) {
    context.notice('warning', `States do not hold what is mounted: ${record.mounts.join(', ')}`);
  }
  const keepAndWrite = async (box: Box, index: number): Promise<KeptState> => {
    if (record.states.length === 0) await folder.writeSource(record.runId, await listSource(context));
    const boxBytes = options.image.details.sizeBytes;
    const kept = await keepOne(context, { box, index, boxBytes, folder, ...(index === 0 && { start }) });
    const others = record.states.filter((state) => state.index !== index);
    record = { ...record, states: [...others, kept].sort((one, other) => one.index - other.index) };
    await folder.write(record);
    return kept;
  };
  return {
    async keepStart(container) {
      start = await commitStart(context, container);
      return stateImage(record.runId, 0);
    },
    imageAt: (index) => record.states.find((state) => state.index === index)?.image,
    async keepBase(box) {
      const { state } = withoutSecrets(await captureShell(context, box), context.redactor, hiddenNames(box));
      await folder.writeBase(record.runId, state);
    },
    async keep(box, index) {
      if (!box.session.ready) return;
      try {
        const kept = await keepAndWrite(box, index);
        tell(context, record, { kept, hidden: hiddenNames(box) });
      } catch (error) {
        const failure = asFailure(error);
        if (failure === undefined) throw error;
        const name = stateName(record, { index });
        context.notice('warning', `The state "${name}" could not be kept: ${failure.message}`);
      }
    },
  };
}

function newRecord(context: RunContext, { plan, lookup }: KeeperOptions): StatesRecord {
  const { request } = context;
  return {
    version: 1,
    runId: request.runId,
    kind: request.kind,
    pipeline: request.pipeline,
    application: request.application.name,
    at: Date.now(),
    mounts: mountedFolders(context, plan, lookup),
    steps: plan.steps.map(keptStep),
    states: [],
  };
}

interface StartImage {
  readonly imageId: string;
  readonly durationMs: number;
}

async function commitStart({ engine, request }: RunContext, container: string): Promise<StartImage> {
  const startedAt = performance.now();
  const imageId = await engine.commitContainer(container, {
    reference: stateImage(request.runId, 0),
    labels: stateLabels(request.runId, 0),
  });
  return { imageId, durationMs: performance.now() - startedAt };
}

interface KeepingOne {
  readonly box: Box;
  readonly index: number;
  readonly boxBytes: number;
  readonly folder: StateFolder;
  readonly start?: StartImage | undefined;
}

const hiddenNames = (box: Box): Set<string> =>
  new Set(box.plan.environment.filter(({ secret }) => secret).map(({ name }) => name));

async function keepOne(context: RunContext, keeping: KeepingOne): Promise<KeptState> {
  const { box, index, boxBytes, folder, start } = keeping;
  const { engine, request, redactor } = context;
  const startedAt = performance.now();
  const shell = await captureShell(context, box);
  const { state, omitted } = withoutSecrets(shell, redactor, hiddenNames(box));
  const image = stateImage(request.runId, index);
  const imageId =
    start?.imageId ??
    (await engine.commitContainer(box.id, {
      reference: image,
      labels: stateLabels(request.runId, index),
      // Only processes that a step left running could write meanwhile; to stop them takes a quarter of the time.
      pause: shell.background,
    }));
  const durationMs = performance.now() - startedAt + (start?.durationMs ?? 0);
  await folder.writeShell(request.runId, index, state);
  const size = (await engine.inspectImage(image))?.sizeBytes ?? boxBytes;
  return {
    index,
    image,
    imageId,
    sizeBytes: Math.max(0, size - boxBytes),
    durationMs: Math.round(durationMs * 10) / 10,
    at: Date.now(),
    omitted,
  };
}

/** Of a state's image: by the kind all of them are found, whatever became of their records. */
const stateLabels = (runId: string, index: number): Record<string, string> => ({
  ...imageLabels(runId),
  [STATE_LABEL]: String(index),
});

interface Told {
  readonly kept: KeptState;
  /** They come anew from the host, and nobody misses them. */
  readonly hidden: ReadonlySet<string>;
}

function tell({ emit, notice }: RunContext, record: StatesRecord, { kept, hidden }: Told): void {
  const step = record.steps[kept.index - 1];
  emit({
    type: 'state-kept',
    at: Date.now(),
    index: kept.index,
    name: stateName(record, kept),
    ...(step === undefined ? {} : { safeId: step.safeId }),
    image: kept.image,
    sizeBytes: kept.sizeBytes,
    durationMs: kept.durationMs,
  });
  const before = new Set([...hidden, ...record.states.slice(0, -1).flatMap(({ omitted }) => omitted)]);
  const fresh = kept.omitted.filter((name) => !before.has(name));
  if (fresh.length > 0) notice('info', `Not kept, because they hold secrets: ${fresh.join(', ')}`);
}
