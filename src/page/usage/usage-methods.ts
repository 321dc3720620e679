import { z } from 'zod';
import { methodsOf, QueueError, type Service } from '../../queue/index.ts';
import type { UsageAnswer } from '../wire.ts';
import { MOMENT, readRange } from './read-range.ts';
import type { Usage } from './usage.ts';

/** What the methods work with. */
export interface UsageContext {
  readonly usage: Usage;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

const method = methodsOf<UsageContext>();

const USAGE = method({
  name: 'usage',
  verb: 'GET',
  path: '/usage',
  about: 'says what was used in some days, by project',
  query: { from: MOMENT, to: MOMENT },
  scopes: 'usage:read',
  output: z.strictObject({
    from: z.iso.datetime(),
    to: z.iso.datetime(),
    projects: z.array(
      z.strictObject({
        project: z.string(),
        runs: z.int(),
        failedRuns: z.int(),
        minutes: z.number(),
        bytes: z.int(),
      }),
    ),
  }),
  async handle({ query }, { usage, now }): Promise<UsageAnswer> {
    const range = readRange(query, now());
    if (typeof range === 'string') throw new QueueError('InvalidRequestArguments', range);
    const projects = await usage.between(range);
    return { from: new Date(range.from).toISOString(), to: new Date(range.to).toISOString(), projects };
  },
});

/** `GET /api/slipway/v1/usage`, beside Slipway's own routes. */
export const USAGE_SERVICE: Service<UsageContext> = {
  name: 'slipway',
  version: 'v1',
  title: 'Slipway',
  parameters: {},
  methods: [USAGE],
};
