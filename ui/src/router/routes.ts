import type { ComponentType } from 'preact';
import { match, type Params } from './match.ts';

/** What a page is given: the `:names` of its address. The rest of the address is in `here`. */
export interface PageProps {
  readonly params: Params;
}

export type Page = ComponentType<PageProps>;

export interface PageRoute {
  readonly path: string;
  /** Which entry of the navigation is marked while it is shown. */
  readonly section: string;
  /** It is a document of its own, with another policy: the server is asked for it. @defaultValue false */
  readonly isOwnDocument?: boolean;
  /** It fills the window, without the navigation. @defaultValue false */
  readonly isBare?: boolean;
  /** Loads the page's own part of the program. */
  readonly load: () => Promise<Page>;
}

/** What is shown at which address: each page a file of its own that is loaded when it is shown. */
export const ROUTES: readonly PageRoute[] = [
  { path: '/', section: '/', load: async () => (await import('../pages/overview.tsx')).Overview },
  { path: '/runs', section: '/runs', load: async () => (await import('../pages/runs.tsx')).Runs },
  { path: '/runs/:runId', section: '/runs', load: async () => (await import('../pages/run.tsx')).Run },
  { path: '/tasks', section: '/tasks', load: async () => (await import('../pages/tasks.tsx')).Tasks },
  {
    path: '/tasks/new',
    section: '/tasks',
    load: async () => (await import('../pages/create-task.tsx')).CreateTask,
  },
  { path: '/tasks/:taskId', section: '/tasks', load: async () => (await import('../pages/task.tsx')).Task },
  {
    path: '/groups/:taskGroupId',
    section: '/tasks',
    load: async () => (await import('../pages/group.tsx')).Group,
  },
  { path: '/queues', section: '/queues', load: async () => (await import('../pages/queues.tsx')).Queues },
  {
    path: '/queues/:provisionerId/:workerType',
    section: '/queues',
    load: async () => (await import('../pages/queue.tsx')).Queue,
  },
  { path: '/cache', section: '/cache', load: async () => (await import('../pages/cache.tsx')).Cache },
  { path: '/images', section: '/images', load: async () => (await import('../pages/images.tsx')).Images },
  {
    path: '/images/:buildId',
    section: '/images',
    load: async () => (await import('../pages/image.tsx')).Image,
  },
  { path: '/usage', section: '/usage', load: async () => (await import('../pages/usage.tsx')).Usage },
  {
    path: '/sessions',
    section: '',
    load: async () => (await import('../pages/sessions.tsx')).Sessions,
  },
  {
    path: '/shell',
    section: '/tasks',
    isOwnDocument: true,
    isBare: true,
    load: async () => (await import('../pages/shell.tsx')).Shell,
  },
  {
    path: '/sign-in',
    section: '',
    isBare: true,
    load: async () => (await import('../pages/sign-in.tsx')).SignIn,
  },
];

/** The route of a path, and what its names took. */
export function routeOf(path: string): { readonly route: PageRoute; readonly params: Params } | undefined {
  for (const route of ROUTES) {
    const params = match(route.path, path);
    if (params !== undefined) return { route, params };
  }
  return undefined;
}

/** Whether an address of this server is a page of this document; one with a signed link is the server's own. */
export function isPage({ pathname, searchParams }: URL): boolean {
  const found = routeOf(pathname);
  return found !== undefined && found.route.isOwnDocument !== true && !searchParams.has('signature');
}
