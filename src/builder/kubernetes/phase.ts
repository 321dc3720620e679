import type { BuildPhase } from '../build.ts';

/** BuildKit's own lines; what instructions print has a time after the number. */
const PUSHING = /^#\d+ (?:pushing |exporting to image)/m;
/** More than the longest of those lines' beginnings. */
const KEPT = 40;

/** Finds in what is printed when the image goes to the registry, and says it once. */
export function phaseReader(tell: (phase: BuildPhase) => void): (text: string) => void {
  let tail = '\n';
  let isTold = false;
  return (text) => {
    if (isTold) return;
    isTold = PUSHING.test(tail + text);
    tail = (tail + text).slice(-KEPT);
    if (isTold) tell('push');
  };
}
