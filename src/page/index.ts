export type { Changes } from './changes/changes.ts';
export { createEventStreams } from './changes/event-streams.ts';
export { type ChangeSources, openChanges } from './changes/open-changes.ts';
export { type BuiltPage, builtPageFolder, openBuiltPage } from './files/built-page.ts';
export { pageRoutes } from './files/page-routes.ts';
export { NOW_SERVICE } from './now/now-service.ts';
export { SESSION_SERVICE, type SessionContext } from './session/session-methods.ts';
export { createSignIns } from './session/sign-in.ts';
export { openUsage, USAGE_MIGRATIONS, USAGE_SERVICE, type UsageOptions } from './usage/index.ts';
