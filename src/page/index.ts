export { type BuiltPage, openBuiltPage } from './files/built-page.ts';
export { pageRoutes } from './files/page-routes.ts';
export { SESSION_PATH, type SessionRoutesOptions, sessionRoutes } from './session/session-routes.ts';
export { openUsage, USAGE_MIGRATIONS, USAGE_SERVICE, type UsageOptions } from './usage/index.ts';
