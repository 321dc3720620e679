/** Stands where something is being loaded. */
export const Skeleton = ({ lines = 3 }: { readonly lines?: number }) => (
  <div class="skeleton" role="status">
    <span class="unseen">Loading…</span>
    {Array.from({ length: lines }, (_, i) => (
      <div key={i} class="skeleton-line" aria-hidden="true" />
    ))}
  </div>
);
