const PATHS = {
  check: 'M3.5 8.5 6.5 11.5 12.5 5',
  cross: 'M4.5 4.5 11.5 11.5M11.5 4.5 4.5 11.5',
  alert: 'M8 2.2 14.2 13.2H1.8ZM8 6.4V9.2M8 11.1V11.2',
  clock: 'M8 2a6 6 0 1 0 0 12a6 6 0 1 0 0-12M8 5V8.2L10.2 9.6',
  dash: 'M4.5 8H11.5',
  play: 'M5 3.2 12.4 8 5 12.8Z',
  arrow: 'M6 4 10 8 6 12',
  menu: 'M2.5 4.5H13.5M2.5 8H13.5M2.5 11.5H13.5',
  sun: 'M8 5.2a2.8 2.8 0 1 0 0 5.6a2.8 2.8 0 1 0 0-5.6M8 1.5V3M8 13V14.5M1.5 8H3M13 8H14.5M3.4 3.4 4.5 4.5M11.5 11.5 12.6 12.6M12.6 3.4 11.5 4.5M4.5 11.5 3.4 12.6',
  moon: 'M12.8 9.8A5.4 5.4 0 0 1 6.2 3.2a5.4 5.4 0 1 0 6.6 6.6Z',
  screen: 'M2 3.5H14V10.5H2ZM5.5 13.5H10.5',
  search: 'M7 3a4 4 0 1 0 0 8a4 4 0 1 0 0-8M10 10 13.5 13.5',
  download: 'M8 2.5V9.5M5 7 8 10 11 7M3 13H13',
  overview: 'M2.5 2.5H7V7H2.5ZM9 2.5H13.5V7H9ZM2.5 9H7V13.5H2.5ZM9 9H13.5V13.5H9Z',
  runs: 'M3 3.5 6 5.5 3 7.5ZM8.5 5.5H13.5M3 10.5H6M8.5 10.5H13.5',
  tasks: 'M2.5 4 3.5 5 5.5 3M8 4H13.5M2.5 8 3.5 9 5.5 7M8 8H13.5M2.5 12 3.5 13 5.5 11M8 12H13.5',
  queues: 'M2.5 3H13.5V6H2.5ZM2.5 8H13.5V11H2.5ZM4.5 13.5H11.5',
  cache:
    'M8 2.5c3 0 5 .8 5 1.9S11 6.3 8 6.3 3 5.5 3 4.4s2-1.9 5-1.9M3 4.4V11.6c0 1.1 2 1.9 5 1.9s5-.8 5-1.9V4.4M3 8c0 1.1 2 1.9 5 1.9S13 9.1 13 8',
  images: 'M8 2 13.5 5V11L8 14 2.5 11V5ZM2.5 5 8 8 13.5 5M8 8V14',
  usage: 'M3 13V8M6.5 13V4M10 13V9.5M13.5 13V6',
} as const;

export type IconName = keyof typeof PATHS;

/** A small drawing in the colour of its text. It says nothing by itself: a word stands beside it, or its button has a label. */
export const Icon = ({ name }: { readonly name: IconName }) => (
  <svg class="icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
    <path d={PATHS[name]} />
  </svg>
);
