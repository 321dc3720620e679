import type { Change, ChangeFilter, ChangeKind } from '../../../src/page/wire.ts';

/** What a part of the page looks at: all of a kind, or what the names say. A name that is absent is any. */
export type Watched = { readonly kind: ChangeKind } & {
  readonly [Name in keyof ChangeFilter]: ChangeFilter[Name] | undefined;
};

/** Whether a change is one of what is watched. That anything may have changed always is, of one kind for who watches that kind. */
export function isWatched(change: Change, watched: readonly Watched[]): boolean {
  if (change.kind !== 'all') return watched.some((each) => fits(change, each));
  return change.of === undefined || watched.some(({ kind }) => kind === change.of);
}

const fits = (change: Change, watched: Watched): boolean =>
  Object.entries(watched).every(
    ([name, value]) => value === undefined || change[name as keyof Change] === value,
  );
