import { CacheError } from '../error.ts';
import { parsePushUrl, pushTargetName } from '../push/push-url.ts';
import type { CacheEntry, CacheGroup } from './cache-group.ts';
import { addressName, parsePullUrl } from './read-address.ts';
import type { PushTarget, RemoteCache } from './remote.ts';

/** The caches of a configuration, and what a person should know about it. */
export interface Remotes {
  /** Those that are asked first come first. */
  readonly caches: readonly RemoteCache[];
  /** Sentences with their place, without a full stop. */
  readonly warnings: readonly string[];
}

const isFirstForm = ({ pullUrl, pushUrl }: CacheGroup): boolean =>
  pullUrl !== undefined || pushUrl !== undefined;

/**
 * The caches of several levels, the one that counts most first. A level in the first form (`pull-url`, `push-url`,
 * `push-port`) hides all levels below it; one in the later form (`url`) comes before them. Of two entries for one
 * address the first place counts, and it is pushed to if either says so. Throws `INVALID_CONFIGURATION`.
 */
export function remotesOf(levels: readonly CacheGroup[]): Remotes {
  const last = levels.findIndex(isFirstForm);
  const counting = last < 0 ? levels : levels.slice(0, last + 1);
  const warnings: string[] = [];
  const caches = counting.flatMap((group) =>
    isFirstForm(group) ? [firstForm(group)] : laterForm(group, warnings),
  );
  return { caches: withoutRepeats(caches), warnings };
}

function placed<T>(origin: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof CacheError)) throw cause;
    const hint = cause.hint === undefined ? {} : { hint: cause.hint };
    throw new CacheError(cause.code, `${origin}: ${cause.message}`, { cause, ...hint });
  }
}

function firstForm({ origin, pullUrl, pushUrl, pushPort }: CacheGroup): RemoteCache {
  const pull = pullUrl === undefined ? undefined : placed(origin, () => parsePullUrl(pullUrl));
  const push = pushUrl === undefined ? undefined : placed(origin, () => parsePushUrl(pushUrl, pushPort));
  return {
    name: pullUrl === undefined ? nameOf(push) : addressName(pullUrl),
    ...(pull !== undefined && { pullUrl: pull }),
    ...(push !== undefined && { push }),
  };
}

const nameOf = (target: PushTarget | undefined): string =>
  target === undefined ? '' : pushTargetName(target);

function laterForm({ origin, caches = [], isSingle = false }: CacheGroup, warnings: string[]): RemoteCache[] {
  return caches.flatMap((entry) => {
    const place = entry.origin ?? origin;
    if (isGrpc(entry)) {
      warnings.push(
        `${place}: ${addressName(entry.url)} is a gRPC cache of BuildStream 1.2 and later, and is left out`,
      );
      return [];
    }
    return [placed(place, () => cacheOf(entry, isSingle))];
  });
}

const isHttp = (url: string): boolean => /^https?:/i.test(url);

/** Over http only gRPC caches are pushed to, and only they take certificates. */
const isGrpc = (entry: CacheEntry): boolean =>
  entry.isGrpc === true || (entry.push === true && isHttp(entry.url));

function cacheOf({ url, push }: CacheEntry, isSingle: boolean): RemoteCache {
  if (isHttp(url)) return { name: addressName(url), pullUrl: parsePullUrl(url) };
  refuseOthers(url);
  const target = parsePushUrl(url);
  if (target.type === 'folder')
    return { name: target.folder, pullUrl: target.folder, ...(push === true && { push: target }) };
  const isPushedTo = push ?? isSingle;
  return { name: pushTargetName(target), ask: target, ...(isPushedTo && { push: target }) };
}

/** What is no form of an address is neither pulled from nor pushed to. */
function refuseOthers(url: string): void {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(url)?.[1]?.toLowerCase();
  if (scheme === undefined ? /[:/]/.test(url) : scheme === 'ssh' || scheme === 'file') return;
  const what = scheme === undefined ? 'it is no address of a cache' : `there are no caches over ${scheme}`;
  throw new CacheError('INVALID_CONFIGURATION', `address "${addressName(url)}": ${what}`, {
    hint: 'Expected http(s)://…, ssh://user@host:port/path, user@host:path, or the absolute folder of a repository.',
  });
}

const keyOf = ({ pullUrl, push, ask }: RemoteCache): string => pullUrl ?? nameOf(ask ?? push);

function withoutRepeats(caches: readonly RemoteCache[]): RemoteCache[] {
  const found = new Map<string, RemoteCache>();
  for (const cache of caches) {
    const before = found.get(keyOf(cache));
    const push = before?.push ?? cache.push;
    found.set(keyOf(cache), { ...(before ?? cache), ...(push !== undefined && { push }) });
  }
  return [...found.values()];
}
