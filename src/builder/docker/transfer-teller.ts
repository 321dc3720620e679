import type { PullProgress } from '../../engine/index.ts';
import type { BuildProgress } from '../backend.ts';

/** How often a transfer that goes on says so: what says nothing for long is taken for dead. */
const SAY_EVERY_MS = 5_000;

const GOES_ON = /^(?:Pushing|Downloading|Extracting)$/;
const ENDED = /^(?:Pushed|Layer already exists|Mounted from|Retrying|Pull complete)/;

/** Says what became of each layer of an image on its way, and now and then that it goes on. */
export class TransferTeller {
  readonly #progress: BuildProgress;
  readonly #now: () => number;
  #saidAt: number;

  constructor(progress: BuildProgress, now: () => number) {
    this.#progress = progress;
    this.#now = now;
    this.#saidAt = now();
  }

  tell({ layer, status, currentBytes = 0, totalBytes }: PullProgress): void {
    if (layer === undefined) return;
    if (GOES_ON.test(status)) {
      if (this.#now() - this.#saidAt < SAY_EVERY_MS) return;
      const of = totalBytes === undefined ? '' : ` of ${megabytes(totalBytes)}`;
      this.#say(`${status} ${layer}: ${megabytes(currentBytes)}${of}`);
    } else if (ENDED.test(status)) {
      this.#say(`${status} ${layer}`);
    }
  }

  #say(line: string): void {
    this.#saidAt = this.#now();
    // Some hundred bytes for each layer: nobody has to wait for them.
    void this.#progress.write(`${line}\n`);
  }
}

const megabytes = (bytes: number): string => `${(bytes / 1_000_000).toFixed(1)} MB`;
