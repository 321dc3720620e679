export { type BuiltPage, openBuiltPage } from './files/built-page.ts';
export { pageRoutes } from './files/page-routes.ts';
