import type { Engine } from '../../engine/index.ts';
import { BUILD_FOLDER } from '../kinds/index.ts';
import type { KeptImages } from './kept-images.ts';
import type { KeepLimits } from './options.ts';

/** So many builds may go over the limits by what each of them leaves. */
const EVERY_BUILDS = 20;
const CACHE_BYTES = 10 * 1024 ** 3;

/** Keeps what builds leave on an engine within its limits, beside the builds. */
export class Housekeeping implements AsyncDisposable {
  readonly #engine: Engine;
  readonly #kept: KeptImages;
  readonly #cacheBytes: number;
  #builds: number = 0;
  #cleaning: Promise<void> | undefined;

  constructor(engine: Engine, kept: KeptImages, { cacheBytes = CACHE_BYTES }: KeepLimits) {
    this.#engine = engine;
    this.#kept = kept;
    this.#cacheBytes = cacheBytes;
  }

  /** A build has ended. */
  note(): void {
    this.#builds += 1;
    // What fails now is done by the sweep, which says so.
    if (this.#builds % EVERY_BUILDS === 0) this.clean().catch(() => undefined);
  }

  /** Removes what is beyond the limits; who asks meanwhile waits for the same. */
  async clean(): Promise<void> {
    this.#cleaning ??= this.#clean().finally(() => {
      this.#cleaning = undefined;
    });
    await this.#cleaning;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#cleaning?.catch(() => undefined);
  }

  async #clean(): Promise<void> {
    await this.#kept.trim();
    await this.#engine.pruneBuildCache({ describedBy: BUILD_FOLDER, keepBytes: this.#cacheBytes });
  }
}
