import { later } from '../router/later.tsx';

/** A `LogView` that comes with the first log that is looked at. */
export const LaterLogView = later(async () => (await import('./log-view.tsx')).LogView);
