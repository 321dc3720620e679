import { describe } from 'vitest';
import { describeBuilding } from './contract/building.ts';
import type { BuilderContractOptions } from './contract/rig.ts';

export type { BuilderContractOptions } from './contract/rig.ts';

/** What a builder does, as tests. Each database registers it in its own test file. */
export function describeBuilderContract(name: string, options: BuilderContractOptions): void {
  describe(`a builder on ${name}`, () => {
    describeBuilding(options);
  });
}
