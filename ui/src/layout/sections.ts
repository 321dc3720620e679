import type { IconName } from '../parts/icon.tsx';

export interface Section {
  readonly path: string;
  readonly title: string;
  readonly icon: IconName;
  /** Pressed after `g` it leads there. */
  readonly key: string;
}

/** The entries of the navigation. */
export const SECTIONS: readonly Section[] = [
  { path: '/', title: 'Overview', icon: 'overview', key: 'o' },
  { path: '/runs', title: 'Runs', icon: 'runs', key: 'r' },
  { path: '/tasks', title: 'Tasks', icon: 'tasks', key: 't' },
  { path: '/queues', title: 'Queues', icon: 'queues', key: 'q' },
  { path: '/images', title: 'Images', icon: 'images', key: 'i' },
  { path: '/cache', title: 'Cache', icon: 'cache', key: 'c' },
  { path: '/usage', title: 'Usage', icon: 'usage', key: 'u' },
];
