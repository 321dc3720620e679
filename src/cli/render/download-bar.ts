import type { FetchProgress } from '../../download-client/index.ts';
import { formatBytes } from '../../kernel/index.ts';
import type { OutputStream } from './output-stream.ts';

/** What the line shows. */
export interface ShownProgress extends FetchProgress {
  /** How far it is in other words, where nobody knows how many bytes there are. */
  readonly note?: string;
}

/** On a terminal, a line that shows how far a download is; elsewhere nothing. */
export interface DownloadBar {
  show(progress: ShownProgress): void;
  /** Before anything else is printed, and at the end. */
  clear(): void;
}

const DRAW_MS = 200;
const RATE_MS = 3000; // what the rate is measured over: the last seconds count, not what was fast at the beginning
const BAR_COLUMNS = 24;

interface Sample {
  readonly atMs: number;
  readonly doneBytes: number;
}

/** The line is drawn as time goes by, also while nothing comes. */
export function createDownloadBar(stream: OutputStream): DownloadBar {
  let samples: Sample[] = [];
  let latest: ShownProgress | undefined;
  let timer: NodeJS.Timeout | undefined;
  const draw = (): void => {
    if (latest === undefined) return;
    const atMs = performance.now();
    const recent = samples.filter((sample) => atMs - sample.atMs <= RATE_MS);
    samples = [...recent, { atMs, doneBytes: latest.doneBytes }];
    const columns = stream.columns || 80; // a terminal may not know, and say 0
    stream.write(`\r\u001b[K${downloadLine(latest, rateOf(samples)).slice(0, columns - 1)}`);
  };
  return {
    show(progress) {
      latest = progress;
      if (stream.isTTY) timer ??= setInterval(draw, DRAW_MS).unref();
    },
    clear() {
      if (timer === undefined) return;
      clearInterval(timer);
      timer = undefined;
      stream.write('\r\u001b[K');
    },
  };
}

/** Bytes per second; `undefined` before there is anything to measure. */
function rateOf(samples: readonly Sample[]): number | undefined {
  const [first, last] = [samples[0], samples.at(-1)];
  if (first === undefined || last === undefined || last.atMs <= first.atMs) return undefined;
  return Math.max(0, ((last.doneBytes - first.doneBytes) * 1000) / (last.atMs - first.atMs));
}

/** ` 45% [##########              ] 45.0 MiB of 100.0 MiB, 50.2 MiB/s, 2s left`; `rate`: bytes per second. */
export function downloadLine(
  { doneBytes, sizeBytes, note }: ShownProgress,
  rate: number | undefined,
): string {
  const speed = rate === undefined ? '' : `, ${formatBytes(Math.round(rate))}/s`;
  if (sizeBytes === undefined) {
    return `${note === undefined ? '' : `${note}, `}${formatBytes(doneBytes)}${speed}`;
  }
  const share = sizeBytes === 0 ? 1 : Math.min(1, doneBytes / sizeBytes);
  const bar = '#'.repeat(Math.floor(share * BAR_COLUMNS)).padEnd(BAR_COLUMNS);
  const percent = `${Math.floor(share * 100)}%`.padStart(4);
  const left = rate === undefined || rate === 0 ? '' : `, ${timeLeft((sizeBytes - doneBytes) / rate)} left`;
  return `${percent} [${bar}] ${formatBytes(doneBytes)} of ${formatBytes(sizeBytes)}${speed}${left}`;
}

function timeLeft(seconds: number): string {
  const whole = Math.ceil(seconds);
  const two = (number: number): string => String(number).padStart(2, '0');
  if (whole < 60) return `${whole}s`;
  if (whole < 3600) return `${Math.floor(whole / 60)}m ${two(whole % 60)}s`;
  return `${Math.floor(whole / 3600)}h ${two(Math.floor((whole % 3600) / 60))}m`;
}
