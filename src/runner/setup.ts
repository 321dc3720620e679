import type { BoxSpec, EnvironmentEntry, Plan } from '../pipeline/index.ts';
import { type Box, type BoxPlan, createBox, startBox } from './box.ts';
import type { RunContext } from './context.ts';
import { environmentScript, type RunEnvironment } from './environment.ts';
import { RunError } from './failure.ts';
import { type Lookup, readyImage } from './images.ts';
import { type LinkedService, linkVariables } from './link-variables.ts';
import { AddressesTakenError, chooseNetwork, type RunNetwork } from './network.ts';
import { prepareImage } from './prepare-image.ts';
import { tellPorts } from './published-ports.ts';
import { type PreparedService, serviceAlias } from './service.ts';
import { awaitServices, startServices } from './services.ts';
import { makeOutputPipe, sourceText } from './session/index.ts';
import { INIT_FOLDER, type StagedFiles } from './stage-files.ts';
import { keeperFor, type StateKeeper } from './states/keep-states.ts';
import { type Resumption, resume } from './states/resume.ts';
import { createTeardown, type Teardown } from './teardown.ts';

/** A run's containers, up and with its environment set; dispose it to remove them and the network. */
export interface RunningBox extends AsyncDisposable {
  readonly box: Box;
  readonly plan: BoxPlan;
  /** Keeps what each step leaves; absent: nobody asked for it. */
  readonly keeper?: StateKeeper;
}

export interface SetupOptions {
  readonly plan: Plan;
  readonly environment: RunEnvironment;
  readonly staged: StagedFiles;
  /** As the file names it. */
  readonly ignoreFile?: string;
  /** The run goes on where another was. */
  readonly resumption?: Resumption;
  /** Builds a service that is another project's pipeline; gives the committed image's name. */
  readonly buildService: (spec: BoxSpec) => Promise<string>;
}

async function prepareService(
  context: RunContext,
  spec: BoxSpec,
  { environment, buildService }: SetupOptions,
): Promise<Omit<PreparedService, 'address'>> {
  const { lookup } = environment;
  const image =
    spec.url === undefined
      ? await prepareImage(context, spec, lookup)
      : await readyImage(context, await buildService(spec), () => Promise.resolve(undefined));
  return { spec, image, alias: serviceAlias(spec, image.reference) };
}

function refuseSameAlias(services: readonly { alias: string }[]): void {
  const twice = services.find(({ alias }, i) => services.findIndex((other) => other.alias === alias) < i);
  if (twice === undefined) return;
  throw new RunError({
    reason: 'service',
    message: `two services are called "${twice.alias}" in the network`,
    hint: 'give one of them another `name`',
  });
}

const TRIES = 5; // each further one means that one more network came between

/**
 * Brings images, network, services and box up, and sets the environment in the box's shell. All anew where another
 * network has got the addresses that were chosen: the services were told them already.
 */
export async function setUp(context: RunContext, options: SetupOptions): Promise<RunningBox> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await setUpOnce(context, options);
    } catch (error) {
      if (!(error instanceof AddressesTakenError)) throw error;
      if (tries === TRIES || context.signal.aborted) throw error.cause;
      context.notice('debug', `Choosing other addresses: ${error.message}`);
    }
  }
}

async function setUpOnce(context: RunContext, options: SetupOptions): Promise<RunningBox> {
  const teardown = createTeardown(context);
  try {
    const containers = await prepareContainers(context, options, teardown);
    const box = await startContainers(context, containers);
    await initialise(box, options);
    tellPorts(context, options.plan);
    const { boxPlan, keeper } = containers;
    if (options.resumption !== undefined) await resume(context, box, { ...options.resumption, keeper });
    const keeping = keeper === undefined ? {} : { keeper };
    return { box, plan: boxPlan, ...keeping, [Symbol.asyncDispose]: teardown.run };
  } catch (error) {
    await teardown.run();
    throw error;
  }
}

interface Containers {
  readonly keeper: StateKeeper | undefined;
  readonly network: RunNetwork;
  readonly services: readonly PreparedService[];
  readonly boxPlan: BoxPlan;
  readonly lookup: Lookup;
  readonly teardown: Teardown;
}

/** No pipe, no harm: output goes through the engine then. */
async function outputPipeFor({ request, folder, notice }: RunContext): Promise<Pick<BoxPlan, 'outputPipe'>> {
  if (process.platform !== 'linux') return {}; // elsewhere the engine runs in a machine of its own
  if (request.noRemove) return {}; // a box that is kept must be able to start again without this run's files
  try {
    return { outputPipe: await makeOutputPipe(folder.temporary) };
  } catch (error) {
    notice('debug', `No pipe for what steps print: ${error instanceof Error ? error.message : error}`);
    return {};
  }
}

/** Finds the images and chooses network and addresses; nothing is made yet. */
async function prepareContainers(
  context: RunContext,
  options: SetupOptions,
  teardown: Teardown,
): Promise<Containers> {
  const { plan, environment, staged, resumption } = options;
  const { lookup } = environment;
  const [outputPipe, image, prepared] = await Promise.all([
    outputPipeFor(context),
    resumption?.image ?? prepareImage(context, plan.box, lookup, context.request.checkpoint),
    Promise.all(plan.services.map((spec) => prepareService(context, spec, options))),
  ]);
  refuseSameAlias(prepared);
  const network = await chooseNetwork(context, prepared.length);
  const services = prepared.map((service, i) => ({ ...service, address: network.addressOf(i) }));
  const keepSource = image.details.id === environment.lastBuildImage;
  if (keepSource) context.notice('info', 'The source is the one that the last build left in its image');
  const keeper = keeperFor(context, { plan, lookup, image });
  const boxPlan: BoxPlan = {
    ...(keeper !== undefined && { keeping: keeper }),
    ...(resumption !== undefined && { resumed: true }),
    plan,
    staged,
    image,
    keepSource,
    lookup,
    environment: environment.entries,
    network,
    teardown,
    ...outputPipe,
    ...(options.ignoreFile !== undefined && { ignoreFile: options.ignoreFile }),
    ...(environment.engineAccess && { engineAccess: environment.engineAccess }),
  };
  return { network, services, boxPlan, keeper, lookup, teardown };
}

/**
 * Makes the network, the services and the box with its files: all at once where the run chose the addresses, since
 * then nothing needs to be known of what has started before. The box starts last: what a service does first has its
 * time. It comes back when the services are ready.
 */
async function startContainers(context: RunContext, containers: Containers): Promise<Box> {
  const { network, services, boxPlan, lookup, teardown } = containers;
  const { runId } = context.request;
  const start = async (id: string, linked: readonly LinkedService[]): Promise<Box> => {
    const links = linked.flatMap((service) => linkVariables(service, runId));
    const box = await startBox(context, boxPlan, { id, links });
    teardown.container(async () => await box.session[Symbol.asyncDispose]());
    return box;
  };
  teardown.network(network.close);
  const opening = network.open();
  const starts = startServices(context, services, { network, lookup, teardown });
  const serving = bothDone(opening, starts).then(([, started]) => started);
  const starting = bothDone(serving, createBox(context, boxPlan)).then(([started, id]) =>
    start(
      id,
      started.map(({ link }) => link),
    ),
  );
  const readying = serving.then((started) => awaitServices(context, starting, started));
  const [box, ready] = await Promise.allSettled([starting, readying]);
  if (box.status === 'rejected') throw box.reason;
  if (ready.status === 'rejected') throw ready.reason;
  return box.value;
}

/** Neither goes on behind the caller's back when the other fails. */
async function bothDone<A, B>(first: Promise<A>, second: Promise<B>): Promise<[A, B]> {
  const [one, other] = await Promise.allSettled([first, second]);
  if (one.status === 'rejected') throw one.reason;
  if (other.status === 'rejected') throw other.reason;
  return [one.value, other.value];
}

function toldEntry(entry: string): EnvironmentEntry {
  const equals = entry.indexOf('=');
  return { name: entry.slice(0, equals), value: entry.slice(equals + 1), expand: false, secret: false };
}

/** Sets the environment in a fresh session and defines the functions that every step may use. */
export async function initialise(
  box: Box,
  options: SetupOptions,
  facts?: Parameters<typeof environmentScript>[1],
): Promise<void> {
  const entries = [...box.told.map(toldEntry), ...options.environment.entries];
  const script = environmentScript({ ...options.environment, entries }, facts);
  const outcome = await box.session.run(`${script}\n${sourceText(`'/pipeline/${INIT_FOLDER}/run.sh'`)}`);
  if (outcome.type === 'finished' && outcome.exitCode === 0) return;
  throw new RunError({
    reason: 'box',
    message: `the shell of the box did not take the environment (${outcome.type})`,
  });
}
