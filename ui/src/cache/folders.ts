import type { CacheRef } from '../../../src/page/wire.ts';

/** What stands in a folder of refs: another folder, or a ref. */
export type Entry =
  | { readonly type: 'folder'; readonly prefix: string; readonly name: string; readonly refs: number }
  | { readonly type: 'ref'; readonly name: string; readonly ref: CacheRef };

/**
 * Refs by the next part of their names. A folder with one thing in it alone is that thing, so that nobody goes through folders
 * that lead nowhere else; `isWhole`: no more refs follow, so that a folder is known to have nothing else.
 */
export function entriesOf(refs: readonly CacheRef[], prefix: string, isWhole: boolean): readonly Entry[] {
  const groups = Map.groupBy(refs, ({ ref }) => headOf(ref.slice(prefix.length)));
  const last = refs.at(-1)?.ref;
  return [...groups].map(([head, inside]) => {
    const [only] = inside;
    const mayHaveMore = !isWhole && inside.some(({ ref }) => ref === last);
    if (only !== undefined && inside.length === 1 && !mayHaveMore)
      return { type: 'ref', name: only.ref.slice(prefix.length), ref: only };
    const shared = `${prefix}${head}${mayHaveMore ? '' : sharedFolder(inside, prefix.length + head.length)}`;
    return { type: 'folder', prefix: shared, name: shared.slice(prefix.length), refs: inside.length };
  });
}

/** Up to the first slash, that included. */
function headOf(name: string): string {
  const slash = name.indexOf('/');
  return slash < 0 ? name : name.slice(0, slash + 1);
}

/** Further parts that all have. */
function sharedFolder(refs: readonly CacheRef[], from: number): string {
  const [first] = refs;
  let shared = '';
  for (;;) {
    const next = headOf(first?.ref.slice(from + shared.length) ?? '');
    if (!next.endsWith('/')) return shared;
    const longer = `${shared}${next}`;
    if (!refs.every(({ ref }) => ref.startsWith(longer, from))) return shared;
    shared = longer;
  }
}

/** The folders above a prefix, each with the part that it adds. */
export function trailOf(prefix: string): readonly { readonly prefix: string; readonly name: string }[] {
  const parts = prefix.split('/').slice(0, -1);
  return parts.map((name, i) => ({ prefix: `${parts.slice(0, i + 1).join('/')}/`, name }));
}

/** What is typed into a shell to have a ref on one's own machine; the address is quoted where a shell would read it. */
export const pullCommand = (ref: string, origin: string): string =>
  `slipway cache pull ${quoted(ref)} --pull-url ${quoted(`${origin}/artifacts/`)}`;

const quoted = (text: string): string =>
  /^[\w./:@%+,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
