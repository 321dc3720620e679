export { createCacheMeter, watchCacheSize } from './artifact-cache/cache-meter.ts';
export { CACHE_BASES, type CacheRoutesOptions, cacheRoutes } from './artifact-cache/routes.ts';
export { ServerError, type ServerErrorCode } from './error.ts';
export { defaultLimits, type ServerLimits } from './limits.ts';
export { createServerLogger, type ServerLogger, type ServerLoggerOptions } from './logger.ts';
export { type AnsweredRequest, createServerMetrics, type ServerMetrics } from './metrics.ts';
export type { HealthCheck } from './own-routes.ts';
export { type RunningServer, type ServerOptions, startServer } from './start-server.ts';
export { readTlsPair, type TlsFiles, type TlsPair } from './tls.ts';
