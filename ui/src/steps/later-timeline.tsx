import { later } from '../router/later.tsx';

/** A `PartTimeline` that comes when somebody looks at it. */
export const LaterTimeline = later(async () => (await import('./part-timeline.tsx')).PartTimeline);
