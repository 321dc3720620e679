import type { ComponentChildren } from 'preact';

interface EmptyProps {
  /** What is not there. */
  readonly title: string;
  /** What would bring something here. */
  readonly children?: ComponentChildren;
}

/** Stands where a list has nothing in it, and says how something comes to be there. */
export const Empty = ({ title, children }: EmptyProps) => (
  <div class="empty">
    <p class="empty-title">{title}</p>
    {children}
  </div>
);
