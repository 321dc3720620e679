import type { RegistryCredentials } from '../engine/index.ts';
import type { BoxSpec, Plan } from '../pipeline/index.ts';
import { resolveCredentials, resolveImage } from '../registry/index.ts';
import { type Box, type BoxPlan, createBox, startBox } from './box.ts';
import type { RunContext } from './context.ts';
import { environmentScript, type RunEnvironment } from './environment.ts';
import { RunError } from './failure.ts';
import { imageReference, type Lookup, type ReadyImage, readyImage } from './images.ts';
import { linkVariables } from './link-variables.ts';
import { openNetwork } from './network.ts';
import { type PreparedService, serviceAlias } from './service.ts';
import { startServices } from './services.ts';
import { sourceText } from './session/index.ts';
import { INIT_FOLDER } from './stage-files.ts';

/** A run's containers, up and with its environment set; dispose it to remove them and the network. */
export interface RunningBox extends AsyncDisposable {
  readonly box: Box;
  readonly plan: BoxPlan;
}

export interface SetupOptions {
  readonly plan: Plan;
  readonly environment: RunEnvironment;
  /** Builds a service that is another project's pipeline; gives the committed image's name. */
  readonly buildService: (spec: BoxSpec) => Promise<string>;
}

async function prepareImage(
  context: RunContext,
  spec: BoxSpec,
  lookup: Lookup,
  checkpoint?: string,
): Promise<ReadyImage> {
  const written = imageReference(spec, lookup, checkpoint);
  const image = resolveImage(written, spec.credentials, lookup);
  const credentials = await credentialsFor(context, spec, lookup);
  return await readyImage(context, image, credentials);
}

async function credentialsFor(
  context: RunContext,
  spec: BoxSpec,
  lookup: Lookup,
): Promise<RegistryCredentials | undefined> {
  const credentials = await resolveCredentials(spec.credentials, { lookup, signal: context.signal });
  if (credentials !== undefined) context.redactor.add(credentials.password);
  return credentials;
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
      : await readyImage(context, await buildService(spec), undefined);
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

/** Brings images, network, services and box up, and sets the environment in the box's shell. */
export async function setUp(context: RunContext, options: SetupOptions): Promise<RunningBox> {
  const { plan, environment } = options;
  const { lookup } = environment;
  await using stack = new AsyncDisposableStack();
  const [image, prepared] = await Promise.all([
    prepareImage(context, plan.box, lookup, context.request.checkpoint),
    Promise.all(plan.services.map((spec) => prepareService(context, spec, options))),
  ]);
  refuseSameAlias(prepared);
  const [network] = await Promise.all([openNetwork(context, prepared.length)]);
  if (network.own && !context.request.noRemove) {
    stack.defer(() => context.engine.removeNetwork(network.name));
  }
  const services = prepared.map((service, i) => ({ ...service, address: network.addressOf(i) }));
  const running = stack.use(await startServices(context, services, network, lookup));
  const boxPlan: BoxPlan = { plan, image, lookup, network: network.name };
  const links = running.linked.flatMap((service) => linkVariables(service, context.request.runId));
  const id = await createBox(context, boxPlan, links);
  const box = stack.use(await startBox(context, boxPlan, id));
  await initialise(box, options);
  const owned = stack.move();
  return { box, plan: boxPlan, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** Sets the environment in a fresh session and defines the functions that every step may use. */
export async function initialise(
  box: Box,
  options: SetupOptions,
  facts?: Parameters<typeof environmentScript>[1],
): Promise<void> {
  const script = environmentScript(options.environment, facts);
  const outcome = await box.session.run(`${script}\n${sourceText(`'/pipeline/${INIT_FOLDER}/run.sh'`)}`);
  if (outcome.type === 'finished' && outcome.exitCode === 0) return;
  throw new RunError({
    reason: 'box',
    message: `the shell of the box did not take the environment (${outcome.type})`,
  });
}
