import type { CacheError } from '../../cache/index.ts';
import type { OpenCache } from '../open-cache.ts';

/** What looks for builds and keeps them works with. */
export interface Caches {
  /** This machine's; opened at the first call. Throws `CacheError`. */
  readonly open: () => Promise<OpenCache>;
  readonly environment: NodeJS.ProcessEnv;
  /** Whether what is kept is sent to other caches. */
  readonly push: boolean;
}

/** What this machine's own cache is called, for people. */
export const HERE = 'this machine';

/** An error in one line, without a full stop at its end. */
export const told = ({ message, hint }: CacheError): string =>
  [message, ...(hint === undefined ? [] : [hint])].map((text) => text.replace(/\.$/, '')).join('. ');
