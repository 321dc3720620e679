import type { ZodType } from 'zod';
import { RegistryError } from '../error.ts';
import type { Call, Caller, WholeAnswer } from './caller.ts';
import { parseJson } from './json.ts';
import { checkedRepository } from './names.ts';
import { nextPage } from './next-page.ts';
import type { CallOptions } from './registry-client.ts';
import { CATALOG_SCOPE, scopeOf } from './scope.ts';

const PAGE_NAMES = 1000; // what registries give at most as a rule
const MAX_PAGE_BYTES = 4 * 1024 * 1024;
const MAX_PAGES = 10_000;
const MAX_NAMES = 1_000_000;
const TIME_LIMIT_MS = 60_000;

/** All repositories, page by page. */
export async function* listCatalog(caller: Caller, { signal }: CallOptions = {}): AsyncGenerator<string> {
  const { CatalogPage } = await import('./schema.ts');
  const what = 'the list of repositories';
  const call = { path: '/v2/_catalog', scopes: [CATALOG_SCOPE], what, accept: [200, 400], signal };
  for await (const page of pages(caller, call, CatalogPage)) yield* page.repositories ?? [];
}

/** Tags of a repository; `undefined`: there is no such repository. */
export async function listTags(
  caller: Caller,
  repository: string,
  { signal }: CallOptions = {},
): Promise<readonly string[] | undefined> {
  const { TagsPage } = await import('./schema.ts');
  const path = `/v2/${checkedRepository(repository)}/tags/list`;
  const what = `the tags of ${repository}`;
  const call = { path, scopes: [scopeOf(repository, 'pull')], what, accept: [200, 400, 404], signal };
  const tags: string[] = [];
  let pageCount = 0;
  for await (const page of pages(caller, call, TagsPage)) {
    pageCount += 1;
    tags.push(...(page.tags ?? []));
  }
  return pageCount === 0 ? undefined : tags;
}

type PageCall = Omit<Call, 'method'>;

/** The pages of a list; none where there is no such list. */
async function* pages<Page extends object>(
  caller: Caller,
  call: PageCall,
  schema: ZodType<Page>,
): AsyncGenerator<Page> {
  const seen = new Set<string>();
  let names = 0;
  let next: string | undefined = `?n=${PAGE_NAMES}`;
  for (let count = 0; next !== undefined; count += 1) {
    seen.add(next);
    const whole: WholeAnswer | undefined = await readPage(caller, call, next, count === 0);
    if (whole === undefined) return;
    const page = schema.safeParse(parseJson(whole.body));
    if (!page.success) throw strange(call, caller, 'not what it should be');
    yield page.data;
    names += Object.values(page.data).reduce(
      (sum, value) => sum + (Array.isArray(value) ? value.length : 0),
      0,
    );
    next = nextPage(whole.answer, call.path);
    if (next !== undefined && seen.has(next)) throw strange(call, caller, 'without an end: its pages repeat');
    if (names > MAX_NAMES || count === MAX_PAGES)
      throw new RegistryError(
        'TOO_LARGE',
        `${call.what}: longer than ${MAX_NAMES} names or ${MAX_PAGES} pages`,
      );
  }
}

async function readPage(
  caller: Caller,
  call: PageCall,
  query: string,
  isFirst: boolean,
): Promise<WholeAnswer | undefined> {
  const get = async (path: string, accept: readonly number[]): Promise<WholeAnswer> =>
    await caller.read({ ...call, path, accept, method: 'GET', timeLimitMs: TIME_LIMIT_MS }, MAX_PAGE_BYTES);
  const whole = await get(`${call.path}${query}`, isFirst ? call.accept : [200]);
  if (whole.answer.status === 200) return whole;
  // Some registries refuse a page that is larger than theirs instead of giving less.
  return whole.answer.status === 400 ? await get(call.path, [200]) : undefined;
}

const strange = ({ what }: PageCall, { origin }: Caller, how: string): RegistryError =>
  new RegistryError('PROTOCOL', `${what}: what the registry at ${origin.host} answers is ${how}`);
