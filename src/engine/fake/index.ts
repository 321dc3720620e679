import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Engine } from '../engine.ts';
import { BuildCaches } from './build-caches.ts';
import { ContainerStore } from './container-store.ts';
import { fakeEngine } from './fake-engine.ts';
import type { EngineCall, Faults } from './fault.ts';
import { FaultPlan } from './fault-plan.ts';
import { GoingOn } from './going-on.ts';
import { findHostTools } from './host-tools.ts';
import { ImageStore } from './image-store.ts';
import { NetworkStore } from './network-store.ts';
import type { FakeEngineOptions, FakePushedImage } from './options.ts';
import { FakeRegistries } from './registries.ts';
import { makeBusyboxRoot } from './template.ts';
import { withFaults } from './with-faults.ts';

export type * from './fault.ts';
export type * from './options.ts';

/** An engine for tests, its faults and what was asked of it. */
export interface FakeEngine extends Engine {
  readonly faults: Faults;
  /** All calls in the order they were made. */
  readonly calls: readonly EngineCall[];
  /** What was pushed, by name with tag. */
  readonly pushed: ReadonlyMap<string, FakePushedImage>;
}

/** What images are called where the options name none. */
const DEFAULT_IMAGES: NonNullable<FakeEngineOptions['images']> = { 'localhost/slipway-busybox:1': {} };

/**
 * Makes an engine whose containers are real processes in temporary roots, each with process numbers, mounts and `/dev`
 * of its own. Networks are records only: containers share this machine's network. It shuts nothing in: run only what
 * you would run on this machine. At dispose its processes are ended and its files removed; if this process dies, its
 * containers die with it.
 *
 * Needs Linux, a static busybox, util-linux, and for terminals `script` of bsdutils; without root, user namespaces, and all containers run as root in one.
 */
export async function createFakeEngine(options: FakeEngineOptions = {}): Promise<FakeEngine> {
  const tools = await findHostTools();
  const folder = await mkdtemp(join(options.folder ?? tmpdir(), 'slipway-fake-engine-'));
  const imageFolder = `${folder}/images`;
  const containerFolder = `${folder}/containers`;
  await Promise.all([mkdir(imageFolder), mkdir(containerFolder)]);
  await makeBusyboxRoot(`${imageFolder}/busybox`, tools);
  const images = new ImageStore(`${imageFolder}/busybox`);
  for (const [name, image] of Object.entries(options.images ?? DEFAULT_IMAGES)) await images.add(name, image);
  const registries = new FakeRegistries(options);
  const networks = new NetworkStore();
  const containers = new ContainerStore(containerFolder, tools, networks);
  const caches = new BuildCaches(`${folder}/build-caches`);
  const plan = new FaultPlan();
  const close = async () => {
    await containers.removeAll();
    await rm(folder, { recursive: true, force: true });
  };
  const { busybox } = tools;
  const state = {
    imageFolder,
    busybox,
    images,
    networks,
    containers,
    registries,
    caches,
    goingOn: new GoingOn(),
    close,
  };
  return {
    ...withFaults(fakeEngine(state), plan),
    faults: plan,
    calls: plan.calls,
    pushed: registries.pushed,
  };
}
