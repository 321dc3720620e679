import { createHash } from 'node:crypto';
import type { Descriptor, RegistryClient, RegistryManifest } from '../../registry/index.ts';

/** A registry in memory, for tests of who calls one. */
export interface FakeRegistry {
  /** Repository and tag, `alice:web`, to digest. */
  readonly tags: Map<string, string>;
  /** Repository and digest, `alice@sha256:…`, to manifest. */
  readonly manifests: Map<string, RegistryManifest>;
  /** The names of the calls that were made. */
  readonly calls: readonly string[];
  /** Every call waits for this, and throws what it throws. */
  trouble: (() => Promise<void>) | undefined;
  client(): RegistryClient;
}

const digestOf = (bytes: Uint8Array): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/** Makes an empty registry. Manifests may have any content; blobs are not checked against them. */
export function createFakeRegistry(): FakeRegistry {
  const tags = new Map<string, string>();
  const manifests = new Map<string, RegistryManifest>();
  const blobs = new Map<string, Buffer>();
  const attached = new Map<string, Descriptor[]>();
  const calls: string[] = [];
  const resolve = (repository: string, reference: string): RegistryManifest | undefined =>
    manifests.get(`${repository}@${tags.get(`${repository}:${reference}`) ?? reference}`);

  async function called<T>(name: string, answer: () => T): Promise<T> {
    calls.push(name);
    await registry.trouble?.();
    return answer();
  }

  function put(
    repository: string,
    {
      mediaType,
      bytes,
      tag,
    }: { readonly mediaType: string; readonly bytes: Uint8Array; readonly tag?: string },
  ): string {
    const digest = digestOf(bytes);
    manifests.set(`${repository}@${digest}`, { digest, mediaType, bytes: Buffer.from(bytes) });
    if (tag !== undefined) tags.set(`${repository}:${tag}`, digest);
    return digest;
  }

  async function read(open: () => AsyncIterable<Uint8Array>): Promise<Buffer> {
    const pieces: Uint8Array[] = [];
    for await (const piece of open()) pieces.push(piece);
    return Buffer.concat(pieces);
  }

  const client: RegistryClient = {
    host: 'registry.internal:5000',
    ping: () => called('ping', () => undefined),
    async *catalog() {
      yield* await called(
        'catalog',
        () => new Set([...manifests.keys()].map((key) => key.split('@')[0] ?? '')),
      );
    },
    tags: (repository) =>
      called('tags', () => {
        const own = [...tags.keys()].filter((key) => key.startsWith(`${repository}:`));
        const isThere = [...manifests.keys()].some((key) => key.startsWith(`${repository}@`));
        return isThere ? own.map((key) => key.slice(repository.length + 1)) : undefined;
      }),
    manifest: (repository, reference) => called('manifest', () => resolve(repository, reference)),
    findDigest: (repository, reference) => called('findDigest', () => resolve(repository, reference)?.digest),
    putManifest: (repository, manifest) => called('putManifest', () => put(repository, manifest)),
    deleteManifest: (repository, digest) =>
      called('deleteManifest', () => {
        for (const [key, value] of tags)
          if (value === digest && key.startsWith(`${repository}:`)) tags.delete(key);
        return manifests.delete(`${repository}@${digest}`);
      }),
    hasBlob: (repository, digest) => called('hasBlob', () => blobs.has(`${repository}@${digest}`)),
    async *readBlob(repository, { digest }) {
      const blob = await called('readBlob', () => blobs.get(`${repository}@${digest}`));
      if (blob === undefined) throw new Error(`there is no blob ${digest}`);
      yield blob;
    },
    async putBlob(repository, { digest, open }) {
      const bytes = await read(open);
      await called('putBlob', () => blobs.set(`${repository}@${digest}`, bytes));
    },
    referrers: (repository, digest) =>
      called('referrers', () => attached.get(`${repository}@${digest}`) ?? []),
    attach: (repository, { subject, artifactType, mediaType, bytes }) =>
      called('attach', () => {
        const digest = put(repository, { mediaType, bytes });
        const key = `${repository}@${subject.digest}`;
        attached.set(key, [
          ...(attached.get(key) ?? []),
          { mediaType, digest, size: bytes.length, artifactType },
        ]);
        return digest;
      }),
    async [Symbol.asyncDispose]() {},
  };
  const registry: FakeRegistry = { tags, manifests, calls, trouble: undefined, client: () => client };
  return registry;
}
