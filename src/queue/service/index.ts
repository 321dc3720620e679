export { type BaseUrlOf, baseUrlOf } from './base-url.ts';
export type { Call } from './call.ts';
export { methodsOf, type ServiceMethod } from './method.ts';
export type { Described } from './open-api.ts';
export { type Service, type ServiceRoutesOptions, serviceRoutes } from './service-routes.ts';
