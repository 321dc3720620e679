import { describe } from 'vitest';
import { describeAborting } from './contract/aborting.ts';
import { describeExpiry } from './contract/expiry.ts';
import { describeKeys } from './contract/keys.ts';
import { describeListing } from './contract/listing.ts';
import { describePutting } from './contract/putting.ts';
import { describeRaces } from './contract/races.ts';
import { describeReading } from './contract/reading.ts';
import { describeRefusals } from './contract/refusals.ts';
import { describeRemoving } from './contract/removing.ts';
import type { StoreContractOptions } from './contract/rig.ts';
import { describeShuffled } from './contract/shuffled.ts';

export type { StoreContractOptions } from './contract/rig.ts';

/** What every `ObjectStore` does, as tests. Each implementation registers it in its own test file. */
export function describeStoreContract(name: string, options: StoreContractOptions): void {
  describe(`${name}, as an object store`, () => {
    describePutting(options);
    describeRefusals(options);
    describeAborting(options);
    describeRaces(options);
    describeShuffled(options);
    describeReading(options);
    describeKeys(options);
    describeListing(options);
    describeRemoving(options);
    describeExpiry(options);
  });
}
