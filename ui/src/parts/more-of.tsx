import type { List } from '../api/use-list.ts';

interface MoreOfProps {
  readonly list: Pick<List<unknown>, 'items' | 'hasMore' | 'more'>;
  /** `runs` */
  readonly what: string;
}

/** Below a list: how many are shown, and the way to more. */
export const MoreOf = ({ list: { items = [], hasMore, more }, what }: MoreOfProps) => (
  <div class="table-more">
    <span role="status">
      {items.length} {items.length === 1 ? what.replace(/s$/, '') : what}
      {hasMore ? ', and there are more' : ''}
    </span>
    {hasMore && (
      <button type="button" class="button" onClick={more}>
        Show more
      </button>
    )}
  </div>
);
