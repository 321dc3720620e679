import { randomBytes } from 'node:crypto';
import type { Engine, ImageDetails } from '../../engine/index.ts';
import { KEPT, type KeptImage, keptName } from './names.ts';
import type { KeepLimits } from './options.ts';

const IMAGES = 200;
const GIB = 1024 ** 3;
const IMAGE_BYTES = 20 * GIB;

/**
 * The images on an engine that builds begin from: sources and parents, each with a name of its own that nobody moves.
 * All calls may be made at the same time.
 */
export class KeptImages {
  readonly #engine: Engine;
  readonly #limits: Required<Pick<KeepLimits, 'images' | 'imageBytes'>>;
  readonly #now: () => number;
  readonly #tenantKey: Uint8Array;
  /** When a name was last used by this process. */
  readonly #usedAt = new Map<string, number>();
  /** How many builds use a name now. */
  readonly #users = new Map<string, number>();

  constructor(
    engine: Engine,
    { images = IMAGES, imageBytes = IMAGE_BYTES }: KeepLimits,
    now: () => number,
    tenantKey: Uint8Array = randomBytes(32),
  ) {
    this.#tenantKey = tenantKey;
    this.#engine = engine;
    this.#limits = { images, imageBytes };
    this.#now = now;
  }

  /** The name under which an image is kept for a user. */
  nameOf(image: KeptImage): string {
    return keptName(this.#tenantKey, image);
  }

  /** The image of a name; `undefined`: it is not kept. */
  async find(name: string): Promise<ImageDetails | undefined> {
    const found = await this.#engine.inspectImage(name);
    if (found) this.#usedAt.set(name, this.#now());
    return found;
  }

  /** Gives a local image, by id or name, the name. */
  async keep(image: string, name: string): Promise<void> {
    this.#usedAt.set(name, this.#now());
    await this.#engine.tagImage(image, name);
  }

  /** The name stays until what this gives is disposed. */
  use(name: string): Disposable {
    this.#usedAt.set(name, this.#now());
    this.#users.set(name, (this.#users.get(name) ?? 0) + 1);
    return {
      [Symbol.dispose]: () => {
        const left = (this.#users.get(name) ?? 1) - 1;
        if (left > 0) this.#users.set(name, left);
        else this.#users.delete(name);
      },
    };
  }

  /** Removes the longest unused names beyond the limits; an image goes with its last name. */
  async trim(): Promise<void> {
    const all = (await this.#engine.listImages({ reference: KEPT }))
      .flatMap(({ id, references, sizeBytes }) => references.map((name) => ({ id, name, sizeBytes })))
      .map((each) => ({ ...each, usedAt: this.#usedAt.get(each.name) ?? 0 }))
      .sort((one, other) => other.usedAt - one.usedAt);
    const kept = new Set<string>();
    let keptBytes = 0;
    for (const [index, { id, name, sizeBytes }] of all.entries()) {
      // Names of the same image share its bytes.
      const addedBytes = kept.has(id) ? 0 : sizeBytes;
      const fits = index < this.#limits.images && keptBytes + addedBytes <= this.#limits.imageBytes;
      if (fits || this.#users.has(name)) {
        kept.add(id);
        keptBytes += addedBytes;
        continue;
      }
      this.#usedAt.delete(name);
      await this.#engine.removeImage(name);
    }
  }
}
