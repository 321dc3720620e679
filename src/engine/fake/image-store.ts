import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import type { ImageDetails, ImageSummary } from '../engine.ts';
import { EngineError } from '../error.ts';
import { checkReference, splitReference } from '../reference.ts';
import type { Configuration } from './configuration.ts';
import { folderBytes } from './folder-bytes.ts';
import type { FakeImage } from './options.ts';

/** An image that is here. */
export interface StoredImage {
  readonly details: ImageDetails;
  readonly configuration: Configuration;
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
  /** When an image last got a name, by id. */
  readonly #namedAt = new Map<string, number>();

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
  async add(name: string, image: FakeImage, id?: string): Promise<StoredImage> {
    const { folder = this.#busyboxFolder } = image;
    const kind = image.folder === undefined ? 'busybox' : 'given';
    const present = id === undefined ? undefined : this.#images.get(id);
    const stored = present ?? { ...(await describeImage(image, folder, id)), folder, kind };
    return this.#store([name], stored);
  }

  /** A registry has the image of that name under that digest. */
  noteDigest(name: string, digest: string): void {
    const image = this.get(name);
    const digests = new Set([...image.details.digests, `${splitReference(name).name}@${digest}`]);
    this.#images.set(image.details.id, { ...image, details: { ...image.details, digests: [...digests] } });
  }

  /** Adds an image whose folder is removed with it. One that is here with the same id stays, with the new names. */
  async addOwned(
    names: readonly string[],
    image: FakeImage & { folder: string },
    id?: string,
  ): Promise<StoredImage> {
    const { folder } = image;
    const present = id === undefined ? undefined : this.#images.get(id);
    if (present) {
      await rm(folder, { recursive: true, force: true });
      return this.#store(names, present);
    }
    return this.#store(names, { ...(await describeImage(image, folder, id)), folder, kind: 'own' });
  }

  inspect(reference: string): ImageDetails | undefined {
    const details = this.find(reference)?.details;
    if (!details) return undefined;
    const namedAt = this.#namedAt.get(details.id);
    return { ...details, references: this.#namesOf(details.id), ...(namedAt !== undefined && { namedAt }) };
  }

  /** Newest first; by a name without tag, or with one. */
  list(matches: (labels: Readonly<Record<string, string>>) => boolean, reference?: string): ImageSummary[] {
    const isListed = (name: string) =>
      reference === undefined || name === reference || splitReference(name).name === reference;
    const all = [...this.#images.values()].filter(({ details }) => matches(details.labels));
    return all
      .map(({ details: { id, labels, sizeBytes, createdAt } }) => {
        const references = this.#namesOf(id).filter(isListed);
        return { id, references, labels, sizeBytes, createdAt };
      })
      .filter(({ references }) => reference === undefined || references.length > 0)
      .sort((one, other) => other.createdAt - one.createdAt);
  }

  tag(source: string, target: string): void {
    this.#name(fullName(target), this.get(source).details.id);
  }

  /** Takes one name away, or an image by its id. `inUse` says whether containers are made of it. */
  async remove(reference: string, inUse: (id: string) => boolean): Promise<void> {
    const image = this.find(reference);
    if (!image) return;
    const { id } = image.details;
    const names = this.#namesOf(id);
    const removed = names.includes(fullName(reference)) ? [fullName(reference)] : names;
    const last = removed.length === names.length;
    if (last && inUse(id)) throw new EngineError('CONFLICT', `containers are made of the image ${reference}`);
    for (const name of removed) this.#names.delete(name);
    if (!last) return;
    this.#images.delete(id);
    this.#namedAt.delete(id);
    if (image.kind === 'own') await rm(image.folder, { recursive: true, force: true });
  }

  #name(name: string, id: string): void {
    this.#names.set(name, id);
    this.#namedAt.set(id, Date.now());
  }

  #namesOf(id: string): string[] {
    return [...this.#names].filter(([, named]) => named === id).map(([name]) => name);
  }

  #store(names: readonly string[], image: StoredImage): StoredImage {
    this.#images.set(image.details.id, image);
    for (const name of names) this.#name(fullName(name), image.details.id);
    return image;
  }
}

/** With its tag. */
export function fullName(reference: string): string {
  const { name, tag } = splitReference(reference);
  return tag === undefined ? name : `${name}:${tag}`;
}

async function describeImage(
  image: FakeImage,
  folder: string,
  id: string = `sha256:${randomBytes(32).toString('hex')}`,
): Promise<Pick<StoredImage, 'details' | 'configuration'>> {
  const { folder: _folder, ...given } = image;
  const configuration = {
    entrypoint: [],
    command: ['sh'],
    user: '',
    environment: ['PATH=/usr/local/bin:/bin'],
    exposedPorts: [],
    labels: {},
    ...given,
  };
  const { workingDir: _workingDir, volumes: _volumes, stopSignal: _stopSignal, ...shown } = configuration;
  const architecture = process.arch === 'x64' ? 'amd64' : process.arch;
  const sizeBytes = await folderBytes(folder);
  const details = {
    id,
    references: [],
    digests: [],
    architecture,
    os: 'linux',
    ...shown,
    sizeBytes,
    createdAt: Date.now(),
  };
  return { details, configuration };
}
