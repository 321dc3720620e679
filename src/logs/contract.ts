import { describe } from 'vitest';
import { describeAppending } from './contract/appending.ts';
import { describeEnding } from './contract/ending.ts';
import { describeFollowing } from './contract/following.ts';
import type { LogContractOptions } from './contract/rig.ts';

/** What every `LogStore` does, as tests. Each implementation registers it in its own test file. */
export function describeLogContract(name: string, options: LogContractOptions): void {
  describe(`${name}, as a place for logs`, () => {
    describeAppending(options);
    describeFollowing(options);
    describeEnding(options);
  });
}
