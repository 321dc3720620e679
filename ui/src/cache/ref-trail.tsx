import { trailOf } from './folders.ts';

/** Where a folder of refs is. */
export const cacheHref = (prefix: string): string =>
  prefix === '' ? '/cache' : `/cache?prefix=${encodeURIComponent(prefix)}`;

/** The folders above what is shown. */
export function RefTrail({ prefix }: { readonly prefix: string }) {
  const folders = trailOf(prefix);
  if (folders.length === 0) return null;
  return (
    <nav class="ref-trail" aria-label="Folders of refs">
      <a href={cacheHref('')}>all refs</a>
      {folders.map((folder) => (
        <span key={folder.prefix}>
          {' / '}
          <a href={cacheHref(folder.prefix)}>{folder.name}</a>
        </span>
      ))}
    </nav>
  );
}
