import { z } from 'zod';
import {
  type Client,
  createTemporaryCredentials,
  PUBLIC_SCOPES,
  satisfies,
  signUrl,
} from '../../../auth/index.ts';
import { QueueError } from '../../error.ts';
import { found, PAGED, PARAMETERS, pageOf } from '../../routes/queue-context.ts';
import type { SystemContext } from '../../routes/system-methods.ts';
import { systemMethods } from '../../routes/system-methods.ts';
import { methodsOf, type Service } from '../../service/index.ts';
import { INDEX_PATH, MAX_PATH_CHARACTERS } from './index-path.ts';
import { FindTasks, IndexedTaskAnswer, IndexedTasksAnswer, InsertTask, NamespacesAnswer } from './schema.ts';
import type { IndexedTask, Namespace, TaskIndex } from './task-index.ts';

/** What the methods of the index work with. */
export interface IndexContext extends SystemContext {
  readonly index: TaskIndex;
  /** Signs where it leads to. */
  readonly issuer: Client;
}

const method = methodsOf<IndexContext>();
const SIGNED_MS = 15 * 60 * 1000;

const shownTask = ({ path, expires, ...task }: IndexedTask & { readonly path: string }) => ({
  namespace: path,
  ...task,
  expires: new Date(expires).toISOString(),
});

const shownNamespace = ({ path, name, expires }: Namespace) => ({
  namespace: path,
  name,
  expires: new Date(expires).toISOString(),
});

const METHODS = [
  method({
    name: 'findTask',
    verb: 'GET',
    path: '/task/<indexPath>',
    about: 'gives the task at a place of the index',
    scopes: 'index:find-task:<indexPath>',
    output: IndexedTaskAnswer,
    handle: async ({ params: { indexPath } }, { index }) =>
      shownTask(found(await index.find(indexPath), `task at ${indexPath} in the index`)),
  }),
  method({
    name: 'findTasksAtIndex',
    verb: 'POST',
    path: '/tasks/indexes',
    about: 'gives the tasks at some places of the index',
    query: PAGED,
    scopes: { each: 'index:find-task:<indexPath>', for: 'indexPath', in: 'indexPaths' },
    input: FindTasks,
    output: IndexedTasksAnswer,
    async handle({ body: { indexes }, authorize }, { index }) {
      authorize({ indexPaths: indexes });
      return { tasks: (await index.findAll(indexes)).map(shownTask) };
    },
  }),
  method({
    name: 'listNamespaces',
    verb: 'GET',
    path: '/namespaces/<namespace>',
    about: 'lists the namespaces immediately in one',
    query: PAGED,
    scopes: 'index:list-namespaces:<namespace>',
    output: NamespacesAnswer,
    async handle({ params: { namespace }, query }, { index }) {
      const { items, ...more } = await index.namespaces(namespace, pageOf(query));
      return { namespaces: items.map(shownNamespace), ...more };
    },
  }),
  method({
    name: 'listTasks',
    verb: 'GET',
    path: '/tasks/<namespace>',
    about: 'lists the tasks immediately in a namespace',
    query: PAGED,
    scopes: 'index:list-tasks:<namespace>',
    output: IndexedTasksAnswer,
    async handle({ params: { namespace }, query }, { index }) {
      const { items, ...more } = await index.tasks(namespace, pageOf(query));
      return { tasks: items.map(shownTask), ...more };
    },
  }),
  method({
    name: 'insertTask',
    verb: 'PUT',
    path: '/task/<indexPath>',
    about:
      'puts a task at a place of the index, unless one of a higher rank is there; gives what is there then',
    scopes: 'index:insert-task:<indexPath>',
    input: InsertTask,
    output: IndexedTaskAnswer,
    async handle({ params: { indexPath }, body }, { index, now }) {
      const task = { ...body, expires: Date.parse(body.expires) };
      if (task.expires <= now())
        throw new QueueError('InputError', 'expires is in the past: expected a later moment.');
      return shownTask(await index.insert(indexPath, task));
    },
  }),
  method({
    name: 'deleteTask',
    verb: 'DELETE',
    path: '/task/<indexPath>',
    about: 'takes a task out of the index',
    scopes: 'index:delete-task:<indexPath>',
    output: z.strictObject({}),
    async handle({ params: { indexPath } }, { index }) {
      await index.remove(indexPath);
      return {};
    },
  }),
  method({
    name: 'findArtifactFromTask',
    verb: 'GET',
    path: '/task/<indexPath>/artifacts/<name>',
    about: 'leads to an artifact of the last run of the task at a place of the index',
    status: 303,
    scopes: 'queue:get-artifact:<name>',
    output: z.strictObject({ url: z.string() }),
    async handle({ params: { indexPath, name }, answer, baseUrl }, { index, issuer, now }) {
      const { taskId } = found(await index.find(indexPath), `task at ${indexPath} in the index`);
      const path = `/api/queue/v1/task/${taskId}/artifacts/${encodeURIComponent(name)}`;
      const url = readable(new URL(baseUrl + path), name, { issuer, now: now() });
      answer(303, { location: url });
      return { url };
    },
  }),
];

/** For who may read an artifact here: a URL that is good for this one, at the queue. */
function readable(
  url: URL,
  name: string,
  { issuer, now }: { readonly issuer: Client; readonly now: number },
): string {
  const scope = `queue:get-artifact:${name}`;
  if (satisfies(PUBLIC_SCOPES, scope)) return url.href;
  const expiresAt = now + SIGNED_MS;
  const credentials = createTemporaryCredentials({ issuer, scopes: [scope], start: now, expiry: expiresAt });
  return signUrl(url, { credentials, expiresAt }).href;
}

const path = `(?=.{1,${MAX_PATH_CHARACTERS}}$)${INDEX_PATH.source.slice(1, -1)}`;

/** Tasks by names, as a neighbour of the queue. */
export const INDEX_SERVICE: Service<IndexContext> = {
  name: 'index',
  version: 'v1',
  title: 'Index',
  parameters: {
    indexPath: { pattern: new RegExp(`^${path}$`) },
    // The outermost one has no name.
    namespace: { pattern: new RegExp(`^(?:${path})?$`) },
    name: PARAMETERS['name'] ?? { pattern: /$^/ },
  },
  methods: [...systemMethods<IndexContext>(), ...METHODS],
};
