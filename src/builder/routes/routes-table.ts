import { CLEANUP } from './calls/cleanup.ts';
import { ENSURE, ENSURED } from './calls/ensure.ts';
import { LOG } from './calls/log.ts';
import { CANCEL, CAPABILITIES, LIST, REPORT, STATUS } from './calls/looks.ts';
import { START } from './calls/start.ts';
import type { BuilderRoute } from './route.ts';

/** All that can be asked of the builder. */
export const ROUTES: readonly BuilderRoute[] = [
  START,
  CLEANUP,
  ENSURE,
  CAPABILITIES,
  STATUS,
  LIST,
  LOG,
  CANCEL,
  REPORT,
  ENSURED,
];
