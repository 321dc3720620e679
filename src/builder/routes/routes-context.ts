import type { DownloadMeter } from '../../download/index.ts';
import type { Builder } from '../builder.ts';
import type { Catalog } from './catalog.ts';
import type { LogReaders } from './log-readers.ts';
import type { StartRules } from './requests/read-start.ts';

/** What the routes work with. */
export interface RoutesContext {
  readonly builder: Builder;
  readonly catalog: Catalog;
  readonly rules: StartRules;
  /** Whether a target has to be its caller's own. */
  readonly strictUserCheck: boolean;
  /** Counts logs that are read. */
  readonly meter: DownloadMeter;
  /** Whose logs go out now. */
  readonly readers: LogReaders;
  /** Aborts when the server begins to stop: who waits is answered then. */
  readonly stopping: AbortSignal;
}
