// Counts the visits of pages: fetches the page, and where it is there raises its number in Redis.

/** A counter of the pages of `site` (http://HOST:PORT). */
export function createCounter(redis, site) {
  return {
    /** Visits a page; returns its title and the number of visits so far, this one included. */
    async visit(path) {
      const response = await fetch(new URL(path, site));
      if (!response.ok) throw new Error(`${path}: the site answers ${response.status}`);
      const title = /<title>(.*?)<\/title>/.exec(await response.text())?.[1];
      return { title, visits: await redis.command('INCR', `visits:${path}`) };
    },
    /** The number of visits of a page so far. */
    async visits(path) {
      return Number((await redis.command('GET', `visits:${path}`)) ?? 0);
    },
  };
}
