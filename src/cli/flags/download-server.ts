import type { Flag } from '../flag.ts';

export const DOWNLOAD_SERVER_FLAGS: readonly Flag[] = [];
