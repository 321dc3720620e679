import type { FastifyPluginAsync } from 'fastify';
import {
  type Service,
  type ServiceMethod,
  type ServiceRoutesOptions,
  serviceRoutes,
} from '../queue/index.ts';

/** What the page asks, as a service: the methods of all parts, each with what it works with (`boundMethods`). */
export const pageService = (methods: readonly ServiceMethod<unknown>[]): Service<unknown> => ({
  name: 'slipway',
  version: 'v1',
  title: 'Slipway',
  parameters: {},
  methods,
});

/** Mounts them below `/api/slipway/v1`; `isBeside`: beside the queue's own routes, which describe them too (`alsoDescribes`). */
export const pageRoutes = (
  methods: readonly ServiceMethod<unknown>[],
  options: Omit<ServiceRoutesOptions<unknown>, 'on'>,
): FastifyPluginAsync => serviceRoutes(pageService(methods), { ...options, on: undefined });
