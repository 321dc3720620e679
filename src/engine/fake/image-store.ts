import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import type { ImageDetails } from '../engine.ts';
import { EngineError } from '../error.ts';
import { checkReference, splitReference } from '../reference.ts';
import type { FakeImage } from './options.ts';

/** An image that is here. */
export interface StoredImage {
  readonly details: ImageDetails;
  readonly folder: string;
  /** `own`: the folder goes with the image. `busybox`: it is the one that all images without a folder share. */
  readonly kind: 'busybox' | 'given' | 'own';
}

/** The local images and their names. */
export class ImageStore {
  readonly #busyboxFolder: string;
  readonly #images = new Map<string, StoredImage>();
  /** Id by full name. */
  readonly #names = new Map<string, string>();

  constructor(busyboxFolder: string) {
    this.#busyboxFolder = busyboxFolder;
  }

  find(reference: string): StoredImage | undefined {
    checkReference(reference);
    const named = this.#names.get(fullName(reference));
    return this.#images.get(named ?? reference) ?? this.#images.get(`sha256:${reference}`);
  }

  /** Throws `IMAGE_NOT_FOUND`. */
  get(reference: string): StoredImage {
    const image = this.find(reference);
    if (!image) throw new EngineError('IMAGE_NOT_FOUND', `no such image: ${reference}`);
    return image;
  }

  /** Adds an image under a name, which an older one loses. */
  add(name: string, image: FakeImage): StoredImage {
    const { folder = this.#busyboxFolder } = image;
    const kind = image.folder === undefined ? 'busybox' : 'given';
    return this.#store(name, { details: detailsOf(image), folder, kind });
  }

  /** Adds an image whose folder is removed with it. */
  addOwned(name: string, image: FakeImage & { folder: string }): StoredImage {
    return this.#store(name, { details: detailsOf(image), folder: image.folder, kind: 'own' });
  }

  tag(source: string, target: string): void {
    this.#names.set(fullName(target), this.get(source).details.id);
  }

  /** Takes one name away, or an image by its id. `inUse` says whether containers are made of it. */
  async remove(reference: string, inUse: (id: string) => boolean): Promise<void> {
    const image = this.find(reference);
    if (!image) return;
    const { id } = image.details;
    const names = [...this.#names].filter(([, named]) => named === id).map(([name]) => name);
    const removed = names.includes(fullName(reference)) ? [fullName(reference)] : names;
    const last = removed.length === names.length;
    if (last && inUse(id)) throw new EngineError('CONFLICT', `containers are made of the image ${reference}`);
    for (const name of removed) this.#names.delete(name);
    if (!last) return;
    this.#images.delete(id);
    if (image.kind === 'own') await rm(image.folder, { recursive: true, force: true });
  }

  #store(name: string, image: StoredImage): StoredImage {
    this.#images.set(image.details.id, image);
    this.#names.set(fullName(name), image.details.id);
    return image;
  }
}

/** With its tag. */
export function fullName(reference: string): string {
  const { name, tag } = splitReference(reference);
  return tag === undefined ? name : `${name}:${tag}`;
}

function detailsOf(image: FakeImage): ImageDetails {
  return {
    id: `sha256:${randomBytes(32).toString('hex')}`,
    architecture: process.arch === 'x64' ? 'amd64' : process.arch,
    os: 'linux',
    entrypoint: image.entrypoint ?? [],
    command: image.command ?? ['sh'],
    user: image.user ?? '',
    environment: image.environment ?? ['PATH=/usr/local/bin:/bin'],
    exposedPorts: image.exposedPorts ?? [],
    labels: image.labels ?? {},
  };
}
