import type { RunContext } from '../context.ts';

/** What an image that one step of a run built is called on the engine, so that runs do not take each other's. */
export const runImageName = ({ request }: RunContext, name: string): string =>
  `${request.runId}${name}`.toLowerCase();
