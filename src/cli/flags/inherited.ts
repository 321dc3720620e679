import type { Flag } from '../flag.ts';

const hidden = (name: string, about: string, value?: string): Flag => ({
  name,
  hidden: true,
  about,
  ...(value === undefined ? {} : { value }),
});

/** Flags of the original that choose nothing here yet, or no longer: lines that have them keep working. */
export const INHERITED: readonly Flag[] = [
  hidden('mnt-root', 'ignored: nothing is mounted there', 'PATH'),
  { ...hidden('guest-root', 'where things are in the box', 'PATH'), default: '/pipeline' },
  { ...hidden('report-root', 'where steps report in the box', 'PATH'), default: '/report' },
];

/** The same, of builds only. */
export const INHERITED_BY_BUILDS: readonly Flag[] = [
  hidden('workflows-in-yml', 'refuse to run where a workflow of the file has a mistake'),
];
