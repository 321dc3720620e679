import type { Layout } from './layout.ts';
import type { Lock } from './lock.ts';
import type { ObjectArea } from './object-area.ts';
import type { Quota } from './quota.ts';
import type { ObjectReader, RepositorySettings } from './repository.ts';
import type { SummaryWriter } from './summary.ts';

/** What an open repository consists of, for the files that do its work. */
export interface RepositoryParts extends ObjectReader {
  readonly layout: Layout;
  readonly settings: RepositorySettings;
  readonly area: ObjectArea;
  readonly lock: Lock;
  readonly summary: SummaryWriter;
}

/** The same for what comes in. */
export interface ReceivingParts extends RepositoryParts {
  /** Absent: there is no limit. */
  readonly quota?: Quota;
}
