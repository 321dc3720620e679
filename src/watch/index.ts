export { WatchError, type WatchErrorCode } from './error.ts';
export type { Changes } from './settle.ts';
export { type FolderWatch, type WatchOptions, watchFolder } from './watch-folder.ts';
