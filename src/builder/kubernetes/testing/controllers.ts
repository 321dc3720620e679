import { randomBytes } from 'node:crypto';
import { warn } from './kubelet.ts';
import type { Change, ObjectStore } from './object-store.ts';
import type { JobSpec } from './rules.ts';
import type { StoredObject } from './stored-object.ts';

export interface ControllerOptions {
  /** Why no pod may be made now: what a quota or an admission controller says. `undefined`: it may. */
  readonly refusePod: () => string | undefined;
}

/** The Job controller and the garbage collector: pods for Jobs, the end of Jobs, and what belongs to what is gone. */
export class Controllers implements Disposable {
  readonly #store: ObjectStore;
  readonly #options: ControllerOptions;
  readonly #deadlines = new Map<string, NodeJS.Timeout>();
  readonly #unsubscribe: () => void;

  constructor(store: ObjectStore, options: ControllerOptions) {
    this.#store = store;
    this.#options = options;
    this.#unsubscribe = store.subscribe((change) => setImmediate(() => this.#handle(change)));
  }

  [Symbol.dispose](): void {
    this.#unsubscribe();
    for (const timer of this.#deadlines.values()) clearTimeout(timer);
  }

  #handle({ type, plural, object }: Change): void {
    if (type === 'DELETED') this.#collect();
    if (plural === 'jobs' && type === 'ADDED') this.#begin(object);
    if (plural === 'pods' && type === 'MODIFIED') this.#finish(object);
    // Made for something that is gone already.
    if (type === 'ADDED' && (object.metadata.ownerReferences?.length ?? 0) > 0) this.#collect();
  }

  #begin(job: StoredObject): void {
    const { name, namespace, uid } = job.metadata;
    const refused = this.#options.refusePod();
    if (refused !== undefined) {
      const about = { kind: 'Job', name, namespace, uid };
      warn(this.#store, about, 'FailedCreate', `Error creating: ${refused}`);
      return;
    }
    const { template, activeDeadlineSeconds } = job['spec'] as JobSpec; // `rules` has read it
    this.#store.create('pods', namespace, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name: `${`${name}-`.slice(0, 58)}${randomBytes(3).toString('hex').slice(0, 5)}`,
        labels: { ...template.metadata?.labels, 'job-name': name, 'controller-uid': uid },
        annotations: template.metadata?.annotations,
        ownerReferences: [{ apiVersion: 'batch/v1', kind: 'Job', name, uid, controller: true }],
      },
      spec: template.spec,
      status: { phase: 'Pending' },
    });
    this.#store.update('jobs', job, { status: { startTime: new Date().toISOString(), active: 1 } });
    if (activeDeadlineSeconds === undefined) return;
    this.#deadlines.set(uid, setTimeout(() => this.#deadline(job), activeDeadlineSeconds * 1000).unref());
  }

  #deadline(job: StoredObject): void {
    for (const pod of this.#podsOf(job)) this.removePod(pod);
    this.#end(job, 'Failed', 'DeadlineExceeded', 'Job was active longer than specified deadline');
  }

  #finish(pod: StoredObject): void {
    const phase = (pod['status'] as { readonly phase?: string } | undefined)?.phase; // the kubelet's
    if (phase !== 'Succeeded' && phase !== 'Failed') return;
    const job = this.#store
      .list('jobs')
      .find(({ metadata }) => metadata.uid === pod.metadata.labels?.['controller-uid']);
    if (job === undefined || pod.metadata.deletionTimestamp !== undefined) return;
    if (phase === 'Succeeded') this.#end(job, 'Complete', '', '');
    else this.#end(job, 'Failed', 'BackoffLimitExceeded', 'Job has reached the specified backoff limit');
  }

  #end(job: StoredObject, type: 'Complete' | 'Failed', reason: string, message: string): void {
    clearTimeout(this.#deadlines.get(job.metadata.uid));
    const before = this.#store.find('jobs', job.metadata.namespace, job.metadata.name)?.['status'] as
      | { conditions?: unknown[] }
      | undefined;
    if (before?.conditions !== undefined) return;
    const condition = { type, status: 'True', ...(reason && { reason, message }) };
    const completionTime = type === 'Complete' ? { completionTime: new Date().toISOString() } : {};
    this.#store.update('jobs', job, { status: { conditions: [condition], ...completionTime } });
  }

  /** A pod is told to go; the kubelet removes it when its container has ended. */
  removePod(pod: StoredObject): void {
    const status = pod['status'] as { readonly phase?: string } | undefined; // the kubelet's
    const metadata = { ...pod.metadata, deletionTimestamp: new Date().toISOString() };
    if (status?.phase === 'Succeeded' || status?.phase === 'Failed') this.#store.remove('pods', pod);
    else this.#store.update('pods', pod, { metadata });
  }

  #podsOf(job: StoredObject): readonly StoredObject[] {
    return this.#store
      .list('pods')
      .filter(({ metadata }) => metadata.labels?.['controller-uid'] === job.metadata.uid);
  }

  /** Removes what belongs to something that is not there. */
  #collect(): void {
    const uids = new Set(this.#store.all().map(({ object }) => object.metadata.uid));
    for (const { plural, object } of this.#store.all()) {
      const owners = object.metadata.ownerReferences ?? [];
      if (owners.length === 0 || owners.some(({ uid }) => uids.has(uid))) continue;
      if (plural !== 'pods') this.#store.remove(plural, object);
      else if (object.metadata.deletionTimestamp === undefined) this.removePod(object);
    }
  }
}
