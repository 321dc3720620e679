import { describe } from 'vitest';
import { describeClaiming } from './contract/claiming.ts';
import { describeCreating } from './contract/creating.ts';
import { describeDepending } from './contract/depending.ts';
import { describeEnding } from './contract/ending.ts';
import { describeGrouping } from './contract/grouping.ts';
import { describeArtifacts } from './contract/keeping-artifacts.ts';
import { describeReporting } from './contract/reporting.ts';
import type { QueueContractOptions } from './contract/rig.ts';
import { describeWatching } from './contract/watching.ts';
import { describeWorking } from './contract/working.ts';

export type { QueueContractOptions } from './contract/rig.ts';

/** What a queue does, as tests. Each database registers it in its own test file. */
export function describeQueueContract(name: string, options: QueueContractOptions): void {
  describe(`a queue on ${name}`, () => {
    describeCreating(options);
    describeClaiming(options);
    describeReporting(options);
    describeDepending(options);
    describeGrouping(options);
    describeArtifacts(options);
    describeWorking(options);
    describeWatching(options);
    describeEnding(options);
  });
}
