import { describe } from 'vitest';
import { describeBuilding } from './contract/building.ts';
import { describeCalls } from './contract/calls.ts';
import { describeConfiguredImages } from './contract/configured-images.ts';
import { describeContainers } from './contract/containers.ts';
import { describeCopying } from './contract/copying.ts';
import { describeExecution } from './contract/execution.ts';
import { describeImageList } from './contract/image-list.ts';
import { describeImages } from './contract/images.ts';
import { describeLife } from './contract/life.ts';
import { describeNetworks } from './contract/networks.ts';
import { describePushing } from './contract/pushing.ts';
import type { ContractOptions } from './contract/rig.ts';
import { describeSaving } from './contract/saving.ts';
import { describeStreams } from './contract/streams.ts';
import { describeTerminals } from './contract/terminals.ts';

export { type ContractOptions, REGISTRY_USER } from './contract/rig.ts';

/** What every `Engine` does, as tests. Each implementation registers it in its own test file. */
export function describeEngineContract(name: string, options: ContractOptions): void {
  describeImageContract(name, options);
  describeContainerContract(name, options);
}

/** The half of it that is about images: a file of its own where an engine takes long for it. */
export function describeImageContract(name: string, options: ContractOptions): void {
  describe(`${name}, as an engine of images`, () => {
    describeImages(options);
    describeConfiguredImages(options);
    describeImageList(options);
    describeBuilding(options);
    describeSaving(options);
    describePushing(options);
  });
}

/** The other half: what an engine does with containers and networks, and what all calls have in common. */
export function describeContainerContract(name: string, options: ContractOptions): void {
  describe(`${name}, as an engine`, () => {
    describeCalls(options);
    describeNetworks(options);
    describeContainers(options);
    describeLife(options);
    describeStreams(options);
    describeExecution(options);
    describeTerminals(options);
    describeCopying(options);
  });
}
