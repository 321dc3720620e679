import type { UsageAnswer } from '../../../src/page/wire.ts';
import { ask } from './ask.ts';
import { OWN_API } from './tasks.ts';

/** What projects used between two moments. */
export const getUsage = (
  range: { readonly from: string; readonly to: string },
  signal?: AbortSignal,
): Promise<UsageAnswer> => ask<UsageAnswer>(`${OWN_API}/usage`, { query: range, signal });
