import type { Feature } from '../task/feature.ts';
import { isCanceled } from './run-ended.ts';
import { storeLog } from './store-log.ts';

export const BULK_LOG = 'public/logs/terminal_bulk.log.gz';

/** The whole log as one artifact at the end of a run. */
export const bulkLog: Feature = {
  name: 'bulkLog',
  default: false,
  start: () => ({
    name: 'bulkLog',
    async killed(task) {
      if (!isCanceled(task)) await storeLog(task, BULK_LOG);
    },
  }),
};
