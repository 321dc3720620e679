/** On images of states: which one it is. */
export const STATE_LABEL = 'io.slipway.state';

const REPOSITORY = 'slipway-state';
const MAX_TAG = 128;

/** The name of a state's image. It has one, so that cleaning up images without names leaves it alone. */
export const stateImage = (runId: string, index: number): string =>
  `${REPOSITORY}:${runId.slice(0, MAX_TAG - 8)}-${index}`;

export const isStateImage = (reference: string): boolean => reference.startsWith(`${REPOSITORY}:`);
