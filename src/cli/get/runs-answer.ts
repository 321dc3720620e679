import { z } from 'zod';

/** What a download server says of its runs, as far as it is used. */
export const RunsAnswer = z.object({ runs: z.array(z.object({ runId: z.string() })) });
