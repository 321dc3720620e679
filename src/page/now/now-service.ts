import type { Service } from '../../queue/index.ts';
import { CHANGES, type ChangesContext } from '../changes/change-methods.ts';
import { CACHE, CACHE_REFS, type CacheContext } from './cache-methods.ts';
import { QUEUES, type QueuesContext } from './queue-methods.ts';

/** What the methods work with. */
export interface NowContext extends ChangesContext, QueuesContext, CacheContext {}

/** How things are now, and what changes of them: `GET /api/slipway/v1/changes`, `queues`, `cache`, `cache/refs`. */
export const NOW_SERVICE: Service<NowContext> = {
  name: 'slipway',
  version: 'v1',
  title: 'Slipway',
  parameters: {},
  methods: [CHANGES, QUEUES, CACHE, CACHE_REFS],
};
