import { DownloadRefusal } from '../../download/index.ts';

/** What is said of everything that is not there, may not be had, or never could be. */
export const nothingThere = (): DownloadRefusal =>
  new DownloadRefusal('NOT_FOUND', 'the artifact cache has nothing here');
