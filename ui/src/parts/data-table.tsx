import type { ComponentChildren } from 'preact';

/** A column of a table; on a phone, where each row is a card, a line of it. */
export interface Column<T> {
  readonly title: string;
  readonly cell: (item: T) => ComponentChildren;
  /**
   * `main`: what the row is, the card's head. `number`: to the right. `wide`: takes what room there is. `state`: a badge beside
   * the card's head.
   */
  readonly kind?: 'main' | 'number' | 'state' | 'wide';
}

interface DataTableProps<T> {
  /** What the table shows, for those who do not see it. */
  readonly label: string;
  readonly columns: readonly Column<T>[];
  readonly items: readonly T[];
  readonly idOf: (item: T) => string;
  /** Where Enter on a row leads. Rows with an address can be gone through with j and k. */
  readonly addressOf?: (item: T) => string | undefined;
}

/** A table that is a list of cards where there is no room for columns. */
export function DataTable<T>({ label, columns, items, idOf, addressOf }: DataTableProps<T>) {
  return (
    <div class="table-frame">
      <table class="table" aria-label={label}>
        <thead>
          <tr>
            {columns.map(({ title, kind }) => (
              <th key={title} scope="col" class={kind && `cell-${kind}`}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {items.map((item) => (
            <tr
              key={idOf(item)}
              data-address={addressOf?.(item)}
              tabIndex={addressOf?.(item) === undefined ? undefined : -1}
            >
              {columns.map(({ title, kind, cell }) => (
                <td key={title} class={kind && `cell-${kind}`} data-title={title}>
                  {cell(item)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
