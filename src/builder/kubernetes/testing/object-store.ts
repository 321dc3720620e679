import { randomUUID } from 'node:crypto';
import { type Plural, Refusal, type StoredObject } from './stored-object.ts';

export interface Change {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly plural: Plural;
  readonly object: StoredObject;
  readonly version: number;
}

type Draft = Record<string, unknown> & { readonly metadata: Readonly<Record<string, unknown>> };

/** Objects with versions, and what became of them: as much of etcd and the API's storage as a watch shows. */
export class ObjectStore {
  readonly #objects = new Map<string, { readonly plural: Plural; readonly object: StoredObject }>();
  readonly #listeners = new Set<(change: Change) => void>();
  #history: Change[] = [];
  #version = 100;
  /** Changes before this version are forgotten. */
  #compacted = 0;

  get version(): number {
    return this.#version;
  }

  create(plural: Plural, namespace: string, draft: Draft): StoredObject {
    const name = String(draft.metadata['name']);
    if (this.find(plural, namespace, name) !== undefined)
      throw new Refusal(409, 'AlreadyExists', `${plural} "${name}" already exists`);
    const made = { uid: randomUUID(), creationTimestamp: new Date().toISOString().replace(/\.\d+/, '') };
    const { apiVersion, kind, ...rest } = draft;
    const metadata = { ...draft.metadata, name, namespace, ...made, resourceVersion: '' };
    // The routes have set both, and the rest is as the client sent it.
    const object = { ...rest, apiVersion: String(apiVersion), kind: String(kind), metadata } as StoredObject;
    return this.#put('ADDED', plural, object);
  }

  find(plural: Plural, namespace: string, name: string): StoredObject | undefined {
    return this.#objects.get(`${plural}/${namespace}/${name}`)?.object;
  }

  list(plural: Plural): readonly StoredObject[] {
    return [...this.#objects.values()].flatMap((each) => (each.plural === plural ? [each.object] : []));
  }

  all(): readonly { readonly plural: Plural; readonly object: StoredObject }[] {
    return [...this.#objects.values()];
  }

  /** Changes fields of an object that is there; one that is gone stays gone. */
  update(plural: Plural, { metadata }: StoredObject, fields: Readonly<Record<string, unknown>>): void {
    const object = this.find(plural, metadata.namespace, metadata.name);
    if (object?.metadata.uid !== metadata.uid) return;
    this.#put('MODIFIED', plural, { ...object, ...fields });
  }

  remove(plural: Plural, { metadata }: StoredObject): void {
    const key = `${plural}/${metadata.namespace}/${metadata.name}`;
    const there = this.#objects.get(key);
    if (there?.object.metadata.uid !== metadata.uid) return;
    this.#objects.delete(key);
    this.#tell('DELETED', plural, there.object);
  }

  /** What happened after a version. Throws 410 where that is forgotten. */
  since(version: number): readonly Change[] {
    if (version < this.#compacted)
      throw new Refusal(410, 'Expired', `too old resource version: ${version} (${this.#compacted})`);
    return this.#history.filter((change) => change.version > version);
  }

  /** Forgets what happened. */
  compact(): void {
    this.#history = [];
    this.#compacted = this.#version;
  }

  subscribe(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #put(type: 'ADDED' | 'MODIFIED', plural: Plural, object: StoredObject): StoredObject {
    const { namespace, name } = object.metadata;
    const stamped = this.#tell(type, plural, object, (it) =>
      this.#objects.set(`${plural}/${namespace}/${name}`, { plural, object: it }),
    );
    return stamped;
  }

  #tell(
    type: Change['type'],
    plural: Plural,
    object: StoredObject,
    keep: (object: StoredObject) => void = () => {},
  ): StoredObject {
    this.#version += 1;
    const version = this.#version;
    const stamped = { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } };
    keep(stamped);
    const change = { type, plural, object: stamped, version };
    this.#history.push(change);
    for (const listener of [...this.#listeners]) listener(change);
    return stamped;
  }
}
