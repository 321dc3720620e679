import type { List } from '../api/use-list.ts';

interface MoreOfProps {
  readonly list: Pick<List<unknown>, 'items' | 'hasMore' | 'more'>;
  /** `runs` */
  readonly what: string;
}

/** Below a list: how many are shown, and the way to more. */
export const MoreOf = ({ list, what }: MoreOfProps) => (
  <div class="table-more">
    <span role="status">
      {list.items?.length ?? 0} {what}
      {list.hasMore ? ', and there are more' : ''}
    </span>
    {list.hasMore && (
      <button type="button" class="button" onClick={list.more}>
        Show more
      </button>
    )}
  </div>
);
