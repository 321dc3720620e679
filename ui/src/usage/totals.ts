import type { ProjectUsage } from '../../../src/page/wire.ts';

/** What projects can be compared by. */
export type Measure = 'runs' | 'failedRuns' | 'minutes' | 'bytes';

export type Totals = Readonly<Record<Measure, number>>;

/** All projects together. */
export const totalOf = (projects: readonly ProjectUsage[]): Totals => ({
  runs: sum(projects, 'runs'),
  failedRuns: sum(projects, 'failedRuns'),
  minutes: sum(projects, 'minutes'),
  bytes: sum(projects, 'bytes'),
});

const sum = (projects: readonly ProjectUsage[], measure: Measure): number =>
  projects.reduce((all, project) => all + project[measure], 0);

/** The largest first; those that are equal by their names. */
export const largestFirst = (projects: readonly ProjectUsage[], measure: Measure): readonly ProjectUsage[] =>
  projects.toSorted((a, b) => b[measure] - a[measure] || (a.project < b.project ? -1 : 1));

/** A number of minutes or hours, with a digit behind its point where it is small. */
export const amountText = (amount: number): string =>
  amount < 10 ? amount.toFixed(1) : Math.round(amount).toLocaleString('en-US');
