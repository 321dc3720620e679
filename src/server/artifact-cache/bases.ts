/** Where the repository is served. The second one is what the original's host had, by a page that was wrong about it. */
export const CACHE_BASES = ['/artifacts', ''] as const;
