import { randomUUID } from 'node:crypto';
import type { Executor } from './executor.ts';
import type { ObjectStore } from './object-store.ts';
import { PodLog } from './pod-logs.ts';
import type { PodSpec } from './rules.ts';
import type { StoredObject } from './stored-object.ts';

interface Running {
  readonly log: PodLog;
  readonly stop: AbortController;
  readonly ended: Promise<void>;
}

/** Runs pods: waits for what they mount, starts their container, and says how it ended. */
export class Kubelet {
  readonly #store: ObjectStore;
  readonly #executor: Executor;
  readonly #running = new Map<string, Running>();

  constructor(store: ObjectStore, executor: Executor) {
    this.#store = store;
    this.#executor = executor;
    store.subscribe(({ plural, type, object }) => {
      if (plural === 'pods' && type === 'ADDED') this.#run(object);
      if (plural === 'pods' && object.metadata.deletionTimestamp !== undefined)
        this.#running.get(object.metadata.uid)?.stop.abort();
    });
  }

  logOf(pod: StoredObject): PodLog | undefined {
    return this.#running.get(pod.metadata.uid)?.log;
  }

  /** Ends a pod's container as a node does that needs its memory. */
  async stop(): Promise<void> {
    for (const { stop } of this.#running.values()) stop.abort();
    await Promise.all([...this.#running.values()].map(({ ended }) => ended));
  }

  #run(pod: StoredObject): void {
    const log = new PodLog();
    const stop = new AbortController();
    const ended = this.#life(pod, log, stop.signal).finally(() => {
      log.end();
      const now = this.#store.find('pods', pod.metadata.namespace, pod.metadata.name);
      if (now?.metadata.deletionTimestamp !== undefined) this.#store.remove('pods', now);
    });
    this.#running.set(pod.metadata.uid, { log, stop, ended });
  }

  async #life(pod: StoredObject, log: PodLog, signal: AbortSignal): Promise<void> {
    const spec = pod['spec'] as PodSpec; // `rules` has read it
    const [container] = spec.containers;
    if (container === undefined) return;
    const say = (phase: string, state: object): void =>
      this.#store.update('pods', pod, {
        status: { phase, containerStatuses: [{ name: container.name, state }] },
      });
    say('Pending', { waiting: { reason: 'ContainerCreating' } });
    const files = await this.#mounted(pod, spec, signal);
    if (files === undefined) return;
    say('Running', { running: { startedAt: new Date().toISOString() } });
    const environment = Object.fromEntries(
      (container.env ?? []).map(({ name, value = '' }) => [name, value]),
    );
    const command = [...(container.command ?? []), ...(container.args ?? [])];
    const end = await this.#executor({
      image: container.image,
      command,
      environment,
      files,
      signal,
      print: (text) => log.write(text),
    });
    log.end();
    const isFallback = container.terminationMessagePolicy === 'FallbackToLogsOnError' && end.exitCode !== 0;
    const message = end.message ?? (isFallback ? log.tail() : '');
    const reason = end.reason ?? (end.exitCode === 0 ? 'Completed' : 'Error');
    say(end.exitCode === 0 ? 'Succeeded' : 'Failed', {
      terminated: { exitCode: end.exitCode, reason, message: message.slice(0, 4096) },
    });
  }

  /** The mounted files, once all that they come from is there; `undefined` where the pod went before. */
  async #mounted(
    pod: StoredObject,
    spec: PodSpec,
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, string> | undefined> {
    for (;;) {
      if (signal.aborted) return undefined;
      const found = this.#files(pod.metadata.namespace, spec);
      if (typeof found !== 'string') return found;
      this.#warn(pod, 'FailedMount', found);
      await this.#nextObject(signal);
    }
  }

  #files(namespace: string, { volumes = [], containers }: PodSpec): ReadonlyMap<string, string> | string {
    const files = new Map<string, string>();
    for (const { name, mountPath, subPath } of containers[0]?.volumeMounts ?? []) {
      const volume = volumes.find((each) => each.name === name);
      const [plural, source, items] = volume?.configMap
        ? (['configmaps', volume.configMap.name, volume.configMap.items] as const)
        : (['secrets', volume?.secret?.secretName, volume?.secret?.items] as const);
      if (source === undefined) continue; // a folder
      const object = this.#store.find(plural, namespace, source);
      if (object === undefined)
        return `MountVolume.SetUp failed for volume "${name}": ${plural} "${source}" not found`;
      const data = (object['data'] ?? {}) as Readonly<Record<string, string>>; // `rules` has read it
      for (const [key, value] of Object.entries(data)) {
        const path = items === undefined ? key : items.find((item) => item.key === key)?.path;
        if (path === undefined || (subPath !== undefined && subPath !== path)) continue;
        const text = plural === 'secrets' ? Buffer.from(value, 'base64').toString() : value;
        files.set(subPath === undefined ? `${mountPath}/${path}` : mountPath, text);
      }
    }
    return files;
  }

  #nextObject(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        unsubscribe();
        signal.removeEventListener('abort', done);
        resolve();
      };
      const unsubscribe = this.#store.subscribe(({ plural }) => {
        if (plural === 'configmaps' || plural === 'secrets') done();
      });
      signal.addEventListener('abort', done);
    });
  }

  #warn({ kind, metadata: { name, namespace, uid } }: StoredObject, reason: string, message: string): void {
    warn(this.#store, { kind, name, namespace, uid }, reason, message);
  }
}

/** An event that says that something is wrong. */
export function warn(
  store: ObjectStore,
  {
    namespace,
    ...involvedObject
  }: { readonly kind: string; readonly name: string; readonly namespace: string; readonly uid: string },
  reason: string,
  message: string,
): void {
  store.create('events', namespace, {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: `${involvedObject.name}.${randomUUID().slice(0, 8)}` },
    type: 'Warning',
    reason,
    message,
    involvedObject: { ...involvedObject, namespace },
  });
}
