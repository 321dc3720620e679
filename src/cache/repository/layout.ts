import { join } from 'node:path';

/** Where things are in a repository. What is below `.slipway` is Slipway's own, and nobody needs it to read artifacts. */
export interface Layout {
  readonly root: string;
  readonly config: string;
  readonly heads: string;
  readonly summary: string;
  readonly temporary: string;
  readonly own: string;
  readonly lock: string;
}

/** What `root` is has no links in it. */
export const layoutOf = (root: string): Layout => ({
  root,
  config: join(root, 'config'),
  heads: join(root, 'refs/heads'),
  summary: join(root, 'summary'),
  temporary: join(root, 'tmp'),
  own: join(root, '.slipway'),
  lock: join(root, '.slipway/lock'),
});

/** As `ostree init` makes them, and Slipway's own. */
export const FOLDERS = [
  'objects',
  'refs',
  'refs/heads',
  'refs/mirrors',
  'refs/remotes',
  'extensions',
  'state',
  'tmp',
  'tmp/cache',
  '.slipway',
] as const;
