export { createLogKeeper, type LogKeeper, type LogKeeperOptions } from './log-keeper.ts';
export { OWN_BASE, type OwnRoutesOptions, ownRoutes } from './own-routes.ts';
