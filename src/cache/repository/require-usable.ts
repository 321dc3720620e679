import { CacheError } from '../error.ts';
import type { ConfigFile } from './config-file.ts';

/** Refuses what is no repository of a kind that can be served as it is. Throws `BAD_REPOSITORY`. */
export function requireUsable(config: ConfigFile, file: string): void {
  const version = config.get('core', 'repo_version');
  const mode = config.get('core', 'mode');
  if (version === undefined && mode === undefined) {
    throw new CacheError('BAD_REPOSITORY', `${file} is no configuration of an OSTree repository`);
  }
  if (version !== '1') {
    throw new CacheError('BAD_REPOSITORY', `${file}: repo_version is ${version ?? 'not there'}, not 1`);
  }
  if (mode === 'archive-z2' || mode === 'archive') return;
  // libostree's own default where nothing is said.
  throw new CacheError('BAD_REPOSITORY', `${file}: the mode is ${mode ?? 'bare'}, not archive-z2`, {
    hint: '`ostree pull-local` copies artifacts from it into a repository that `slipway cache init` made.',
  });
}
