import { visibleText } from '../../kernel/index.ts';
import { CacheError } from '../error.ts';
import { type Asking, readWhole } from './read-whole.ts';

const MAX_CONFIG_BYTES = 64 * 1024;

/**
 * Says why nothing can be found where something should be: there is no repository, or one whose objects are called
 * otherwise. Asked only then, as all that is there says itself what it is. Throws `NO_REPOSITORY`, `BAD_REPOSITORY`.
 */
export async function requireArchive(asking: Asking): Promise<void> {
  const { name } = asking.files;
  const bytes = await readWhole(asking, 'config', { maxBytes: MAX_CONFIG_BYTES });
  const mode = /^\s*mode\s*=\s*(\S+)\s*$/m.exec(bytes?.toString() ?? '')?.[1];
  if (mode === 'archive-z2' || mode === 'archive') return;
  if (mode === undefined) {
    const hint = 'The address has to lead to its folder: the one that has "config" and "objects" in it.';
    throw new CacheError('NO_REPOSITORY', `there is no OSTree repository at ${name}`, { hint });
  }
  const message = `the repository at ${name} cannot be pulled from: its mode is ${visibleText(mode)}, expected archive-z2`;
  throw new CacheError('BAD_REPOSITORY', message, {
    hint: 'slipway cache init makes one that can, and ostree pull-local copies what is in the other one to it.',
  });
}
