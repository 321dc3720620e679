// Prometheus takes a scrape for failed after ten seconds, and knows nothing of the server then.
const SCRAPE_MS = 3000;

/**
 * Asks a database for what a scrape shows: once for all who want it meanwhile, and for none of them longer than a moment. A
 * database that is away is waited for by whoever has work for it; the numbers that the server has itself are there without it.
 * `undefined` where there is no answer, or none in time.
 */
export function askedForScrape<T>(ask: () => Promise<T>, timeMs = SCRAPE_MS): () => Promise<T | undefined> {
  let asked: Promise<T | undefined> | undefined;
  return async () => {
    asked ??= ask()
      .catch(() => undefined) // a database that is away has no numbers, and is not well
      .finally(() => {
        asked = undefined;
      });
    const late = Promise.withResolvers<undefined>();
    const timer = setTimeout(() => late.resolve(undefined), timeMs);
    try {
      return await Promise.race([asked, late.promise]);
    } finally {
      clearTimeout(timer);
    }
  };
}
