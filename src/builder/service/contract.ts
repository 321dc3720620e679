import { describe } from 'vitest';
import { describeBuilding } from './contract/building.ts';
import { describeEnding } from './contract/ending.ts';
import { describeFailing } from './contract/failing.ts';
import { describeKeeping } from './contract/keeping.ts';
import { describeReusing } from './contract/reusing.ts';
import type { BuilderContractOptions } from './contract/rig.ts';
import { describeSeveralServers } from './contract/several-servers.ts';
import { describeShuffling } from './contract/shuffling.ts';
import { describeTakingTurns } from './contract/taking-turns.ts';

export type { BuilderContractOptions } from './contract/rig.ts';

/** What a builder does, as tests. Each database registers it in its own test file. */
export function describeBuilderContract(name: string, options: BuilderContractOptions): void {
  describe(`a builder on ${name}`, () => {
    describeBuilding(options);
    describeReusing(options);
    describeTakingTurns(options);
    describeEnding(options);
    describeKeeping(options);
    describeFailing(options);
    describeShuffling(options);
    if (options.again !== undefined) describeSeveralServers(options);
  });
}
