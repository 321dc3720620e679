import { z } from 'zod';
import { isRefusal, type KubernetesApi, read } from './client/index.ts';
import { type Job, JobList, Pod } from './schema.ts';

const PodList = z.object({ items: z.array(Pod).nullable() });

/** What is done to the objects of one namespace, by name. Everything may be repeated. */
export interface Cluster {
  readonly api: KubernetesApi;
  readonly namespace: string;
  find<T>(kind: Kind, name: string, schema: z.ZodType<T>, signal?: AbortSignal): Promise<T | undefined>;
  /** `undefined`: there is one of that name already. */
  create<T>(kind: Kind, object: object, schema: z.ZodType<T>, signal?: AbortSignal): Promise<T | undefined>;
  replace(kind: Kind, name: string, object: object): Promise<void>;
  /** With all that belongs to it, which goes by itself afterwards. `false`: there was none. */
  remove(kind: Kind, name: string, signal?: AbortSignal): Promise<boolean>;
  jobs(selector: string, signal?: AbortSignal): Promise<readonly Job[]>;
  pods(selector: string, signal?: AbortSignal): Promise<readonly Pod[]>;
}

type Kind = 'Job' | 'ConfigMap' | 'Secret';

const GROUP: Readonly<Record<Kind, readonly [prefix: string, plural: string]>> = {
  Job: ['/apis/batch/v1', 'jobs'],
  ConfigMap: ['/api/v1', 'configmaps'],
  Secret: ['/api/v1', 'secrets'],
};

export function createCluster(api: KubernetesApi, namespace: string): Cluster {
  const pathOf = (kind: Kind): string => `${GROUP[kind][0]}/namespaces/${namespace}/${GROUP[kind][1]}`;
  const named = (kind: Kind, name: string): string => `${pathOf(kind)}/${encodeURIComponent(name)}`;
  const list = async <T>(
    path: string,
    doing: string,
    schema: z.ZodType<T>,
    selector: string,
    signal?: AbortSignal,
  ) => {
    const query = new URLSearchParams({ labelSelector: selector });
    return read(schema, await api.call({ method: 'GET', path: `${path}?${query}`, doing, signal }), doing);
  };
  return {
    api,
    namespace,
    async find(kind, name, schema, signal) {
      const doing = `read the ${kind} ${name}`;
      const found = await api.find({ method: 'GET', path: named(kind, name), doing, signal });
      return found === undefined ? undefined : read(schema, found, doing);
    },
    async create(kind, object, schema, signal) {
      const doing = `create a ${kind}`;
      try {
        const made = await api.call({ method: 'POST', path: pathOf(kind), doing, body: object, signal });
        return read(schema, made, doing);
      } catch (error) {
        if (isRefusal(error, 409)) return undefined;
        throw error;
      }
    },
    async replace(kind, name, object) {
      await api.call({
        method: 'PUT',
        path: named(kind, name),
        doing: `replace the ${kind} ${name}`,
        body: object,
      });
    },
    async remove(kind, name, signal) {
      const doing = `delete the ${kind} ${name}`;
      const body = { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy: 'Background' };
      return (
        (await api.find({ method: 'DELETE', path: named(kind, name), doing, body, signal })) !== undefined
      );
    },
    async jobs(selector, signal) {
      return (await list(pathOf('Job'), 'list the Jobs', JobList, selector, signal)).items ?? [];
    },
    async pods(selector, signal) {
      return (
        (await list(`/api/v1/namespaces/${namespace}/pods`, 'list the pods', PodList, selector, signal))
          .items ?? []
      );
    },
  };
}

/** Whether a Job has ended, well or not. */
export const hasEnded = ({ status }: Job): boolean =>
  (status?.conditions ?? []).some(
    ({ type, status: is }) => is === 'True' && (type === 'Complete' || type === 'Failed'),
  );
