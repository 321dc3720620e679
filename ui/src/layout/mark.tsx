/** The product's sign: a hull above its slipway. */
export const Mark = () => (
  <svg class="mark" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
    <rect width="24" height="24" rx="5" class="mark-ground" />
    <path d="M5 9.5h14l-2.6 5.2H7.4z" class="mark-hull" />
    <path d="M12 4.6v4.9" class="mark-mast" />
    <path d="M3.5 15.6 20.5 19" class="mark-way" />
  </svg>
);
