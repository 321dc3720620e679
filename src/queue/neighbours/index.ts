export { NEIGHBOUR_MIGRATIONS } from './migrations.ts';
export { neighbourRoutes } from './neighbour-routes.ts';
export { openPurgeRequests } from './purge-cache/purge-requests.ts';
export { createCompletedIndexer } from './task-index/index-completed.ts';
export { openTaskIndex } from './task-index/task-index.ts';
