import { type ContainerSpec, EngineError, type Mount, type PublishedPort } from '../engine/index.ts';
import type { BoxSpec, EnvironmentEntry, Plan } from '../pipeline/index.ts';
import { boxContents } from './box-contents.ts';
import { sessionFailure, startFailure } from './box-error.ts';
import { type FileOwner, fileOwner } from './box-user.ts';
import type { RunContext } from './context.ts';
import { removeEarlierFiles } from './earlier-files.ts';
import type { EngineAccess } from './engine-access.ts';
import type { Lookup, ReadyImage } from './images.ts';
import { LABEL, labelsOf } from './labels.ts';
import { boxMemory } from './memory.ts';
import { besideNetwork, type RunNetwork } from './network.ts';
import { boxPortsOf } from './published-ports.ts';
import { copyFromMounts, readOnlyMounts } from './read-only-mounts.ts';
import { boxEnvironment, portNames, publishedPorts } from './service.ts';
import { BoxSession, PIPE_PATH, SessionStartError } from './session/index.ts';
import type { StagedFiles } from './stage-files.ts';
import type { Keeping } from './states/keeping.ts';
import type { Teardown } from './teardown.ts';
import { volumeMounts } from './volumes.ts';

/** The box of a run: one container, and the shell session in it. */
export interface Box {
  /** Another one after the box went back to an earlier state. */
  id: string;
  readonly plan: BoxPlan;
  /**
   * `NAME=value` each that the session is told and the container is not, since an image that is made of it would keep
   * them: where the services are, and what of the file's `env` is secret.
   */
  readonly told: readonly string[];
  /** What watches over the containers that steps started beside the box, by name. */
  readonly beside: Map<string, AbortController>;
  session: BoxSession;
}

export const boxName = (runId: string): string => `wercker-pipeline-${runId}`;

/** Bash where the image has it. `exec`, so that the shell is the first process and no step can kill it. */
export const DEFAULT_COMMAND = [
  '/bin/sh',
  '-c',
  'if [ -e /bin/bash ]; then exec /bin/bash; else exec /bin/sh; fi',
] as const;

export interface BoxPlan {
  readonly plan: Plan;
  readonly staged: StagedFiles;
  readonly image: ReadyImage;
  readonly lookup: Lookup;
  /** What a session is told first. */
  readonly environment: readonly EnvironmentEntry[];
  readonly network: RunNetwork;
  /** As the file names it: what the copy of the source leaves out. */
  readonly ignoreFile?: string;
  /** The image is the last build's, and the source in it is the one that the steps work on. */
  readonly keepSource: boolean;
  /** Takes what steps start beside the box. */
  readonly teardown: Teardown;
  /** The image is a kept state: source and cache are in it. */
  readonly resumed?: boolean;
  /** What each step leaves is kept. */
  readonly keeping?: Keeping;
  /** A named pipe on this machine for what steps print; absent: it goes through the engine. */
  readonly outputPipe?: string;
  /** The pipeline asks for the engine itself. */
  readonly engineAccess?: EngineAccess;
}

/** Root, unless the file says otherwise: `/pipeline` has to be made, and many images run as somebody who may not. */
const boxUser = (spec: BoxSpec): string => spec.user ?? '0';

function engineSocket({ engineAccess }: BoxPlan): Mount[] {
  const path = engineAccess?.socket;
  return path === undefined ? [] : [{ source: path, target: path, readOnly: false }];
}

function mounts(context: RunContext, { plan, outputPipe }: BoxPlan): Mount[] {
  const { source, box } = context.request;
  const pipe = outputPipe === undefined ? [] : [{ source: outputPipe, target: PIPE_PATH, readOnly: false }];
  if (box.readOnlyMounts && !box.directMount) return [...pipe, ...readOnlyMounts(context, plan)];
  if (!box.directMount || source.type !== 'folder') return pipe;
  return [
    ...pipe,
    { source: source.folder, target: plan.basePath, readOnly: false },
    { source: context.folder.cache, target: '/pipeline/cache', readOnly: false },
  ];
}

const boxPorts = (context: RunContext, spec: BoxSpec): PublishedPort[] =>
  publishedPorts(boxPortsOf(context, spec));

async function containerSpec(context: RunContext, box: BoxPlan): Promise<ContainerSpec> {
  const { request, owner } = context;
  const { box: spec, services } = box.plan;
  const ports = boxPorts(context, spec);
  return {
    name: boxName(request.runId),
    image: box.image.reference,
    command: spec.cmd ?? DEFAULT_COMMAND,
    ...(spec.entrypoint === undefined ? {} : { entrypoint: spec.entrypoint }),
    user: boxUser(spec),
    environment: boxEnvironment(spec, box.lookup).filter((entry) => !isSecret(context, entry)),
    labels: labelsOf({ runId: request.runId, owner, role: 'box', kept: request.noRemove }),
    openStdin: true,
    // The run reads it all. An engine that writes it down as well is four times slower and fills its disk with it.
    keepLog: false,
    mounts: [
      ...mounts(context, box),
      ...engineSocket(box),
      ...(await volumeMounts(context, spec, box.lookup)),
    ],
    network: { name: box.network.name, aliases: [] },
    exposedPorts: [
      ...new Set([...portNames(spec.ports), ...ports.map((p) => `${p.containerPort}/${p.protocol}`)]),
    ],
    publishedPorts: ports,
    dns: request.box.dns,
    ...(box.engineAccess && { privileged: true }),
    ...boxMemory(request.box, { role: 'box', services: services.length }),
  };
}

const isSecret = ({ redactor }: RunContext, entry: string): boolean => redactor.text(entry) !== entry;

/** What of the file's `env` no image may keep. */
export const secretEnvironment = (context: RunContext, { plan, lookup }: BoxPlan): string[] =>
  boxEnvironment(plan.box, lookup).filter((entry) => isSecret(context, entry));

/** Makes the container and puts the run's files into it; it does not run yet, and its network need not exist yet. */
export async function createBox(context: RunContext, box: BoxPlan): Promise<string> {
  if (box.keeping !== undefined && !box.resumed && !isStale(box)) {
    return await createFromFilled(context, box, box.keeping);
  }
  const id = await createContainer(context, box);
  removeAtEnd(context, box, id);
  if (!isStale(box)) await fillBox(context, box, id);
  return id;
}

function removeAtEnd({ engine, request }: RunContext, { teardown }: BoxPlan, id: string): void {
  if (!request.noRemove) teardown.container(() => engine.removeContainer(id));
}

/**
 * Puts the run's files into an image first, from which the box then starts: what is committed after each step is only
 * what the steps changed, not the project again and again.
 */
async function createFromFilled(context: RunContext, box: BoxPlan, keeping: Keeping): Promise<string> {
  const { engine } = context;
  const spec = await containerSpec(context, box);
  const fill = { ...spec, name: `${spec.name}-fill`, mounts: [] };
  const filled = await besideNetwork(box.network, () => engine.createContainer(fill));
  try {
    await fillBox(context, box, filled);
    const reference = await keeping.keepStart(filled);
    const id = await createContainer(context, { ...box, image: { ...box.image, reference } });
    removeAtEnd(context, box, id);
    return id;
  } finally {
    await engine.removeContainer(filled);
  }
}

/** An engine that does not share this machine's files refuses the pipe: output then goes through the engine. */
async function createContainer(context: RunContext, box: BoxPlan): Promise<string> {
  const { engine } = context;
  try {
    const spec = await containerSpec(context, box);
    return await besideNetwork(box.network, () => engine.createContainer(spec));
  } catch (error) {
    const refused = box.outputPipe !== undefined && error instanceof EngineError && error.code === 'INVALID';
    if (!refused) throw error;
    const { outputPipe, ...rest } = box;
    const spec = await containerSpec(context, rest);
    const id = await besideNetwork(box.network, () => engine.createContainer(spec));
    context.notice(
      'debug',
      `The engine cannot mount ${outputPipe}: what steps print goes through the engine`,
    );
    return id;
  }
}

/** Whom files that come into the box belong to. */
export const boxOwner = ({ engine }: RunContext, box: Pick<Box, 'id' | 'plan'>): Promise<FileOwner> =>
  fileOwner(engine, box.id, boxUser(box.plan.plan.box));

async function fillBox(context: RunContext, box: BoxPlan, id: string): Promise<void> {
  const owner = await boxOwner(context, { id, plan: box });
  await context.engine.copyIn(id, '/', boxContents(context, box, owner), { signal: context.signal });
}

/** An image that an earlier run left: it has files of that run in the places where this run's belong. */
const isStale = ({ image, resumed }: BoxPlan): boolean =>
  !resumed && image.details.labels[LABEL.run] !== undefined;

/** Starts the container and the session in it; the container is the teardown's to remove, the session the caller's. */
export async function startBox(
  context: RunContext,
  box: BoxPlan,
  { id, links }: { readonly id: string; readonly links: readonly string[] },
): Promise<Box> {
  const session = await startSession(context, box, id);
  const told = [...secretEnvironment(context, box), ...links];
  const started: Box = { id, plan: box, told, beside: new Map(), session };
  if (isStale(box)) {
    await removeEarlierFiles(started, box.keepSource);
    await fillBox(context, box, id);
  }
  const { directMount, readOnlyMounts: mounted } = context.request.box;
  if (mounted && !directMount && !box.resumed) await copyFromMounts(context, started);
  return started;
}

/** After the shell or the container is lost: the container starts again with its file system as it is. */
export async function restartBox(context: RunContext, box: Box, plan: BoxPlan): Promise<void> {
  await context.engine.killContainer(box.id, 'SIGKILL');
  await context.engine.waitContainer(box.id);
  await box.session[Symbol.asyncDispose]();
  box.session = await startSession(context, plan, box.id);
}

/** The container is replaced by one of another image; what runs in it is ended, its network stays. */
export async function replaceBox(context: RunContext, box: Box, plan: BoxPlan): Promise<void> {
  await context.engine.removeContainer(box.id);
  await box.session[Symbol.asyncDispose]();
  box.id = await createBox(context, plan);
  box.session = await startSession(context, plan, box.id);
}

async function startSession(context: RunContext, box: BoxPlan, id: string): Promise<BoxSession> {
  const attachment = await context.engine.attachContainer(id);
  try {
    await context.engine.startContainer(id);
  } catch (error) {
    await attachment[Symbol.asyncDispose]();
    throw await startFailure(context.engine, box, error);
  }
  try {
    const { outputPipe } = box;
    return await BoxSession.open({
      attachment,
      onOutput: (bytes) => context.output(bytes),
      ...(outputPipe !== undefined && { outputPipe: { path: outputPipe, boxPath: PIPE_PATH } }),
    });
  } catch (error) {
    throw error instanceof SessionStartError ? sessionFailure(box.image, box.plan.box, error) : error;
  }
}
