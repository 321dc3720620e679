/** The longest that a timer takes, 24 days: one that is told more than that fires at once. */
export const MAX_TIMER_MS = 2 ** 31 - 1;
