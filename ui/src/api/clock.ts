import { signal } from '@preact/signals';

const TICK_MS = 1_000;
/** The `date` header has whole seconds, and the way here takes time: less than this says nothing. */
const SAME_MS = 3_000;

let aheadMs = 0;
const ticking = signal(Date.now());
let watchers = 0;
let timer: ReturnType<typeof setInterval> | undefined;

/** Milliseconds since the epoch by the server's clock, which made the moments that the page shows. */
export const serverNow = (): number => Date.now() + aheadMs;

/** Takes what an answer says of its moment: this machine's clock may be wrong, and ages were negative. */
export function noteServerTime(date: string | null): void {
  const at = Date.parse(date ?? '');
  if (Number.isNaN(at)) return;
  const difference = at - Date.now();
  aheadMs = Math.abs(difference) < SAME_MS ? 0 : difference;
}

/** The moment that durations and ages are drawn at: reading it draws the component again each second, while it is watched. */
export const clock = {
  get value(): number {
    return ticking.value + aheadMs;
  },
  /** Lets it tick until the function that it gives is called; nothing ticks while nobody sees it. */
  watch(): () => void {
    watchers += 1;
    if (watchers === 1) {
      ticking.value = Date.now();
      timer = setInterval(() => {
        if (document.visibilityState === 'visible') ticking.value = Date.now();
      }, TICK_MS);
    }
    return () => {
      watchers -= 1;
      if (watchers === 0) clearInterval(timer);
    };
  },
};
