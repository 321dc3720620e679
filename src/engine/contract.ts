import { describe } from 'vitest';
import { describeCalls } from './contract/calls.ts';
import { describeContainers } from './contract/containers.ts';
import { describeCopying } from './contract/copying.ts';
import { describeExecution } from './contract/execution.ts';
import { describeImages } from './contract/images.ts';
import { describeLife } from './contract/life.ts';
import { describeNetworks } from './contract/networks.ts';
import type { ContractOptions } from './contract/rig.ts';
import { describeStreams } from './contract/streams.ts';

export type { ContractOptions } from './contract/rig.ts';

/** What every `Engine` does, as tests. Each implementation registers it in its own test file. */
export function describeEngineContract(name: string, options: ContractOptions): void {
  describe(`${name}, as an engine`, () => {
    describeCalls(options);
    describeImages(options);
    describeNetworks(options);
    describeContainers(options);
    describeLife(options);
    describeStreams(options);
    describeExecution(options);
    describeCopying(options);
  });
}
