export { USAGE_MIGRATIONS } from './migrations.ts';
export { openUsage, type UsageOptions } from './open-usage.ts';
export type { EndedRun, Usage, UsageRange } from './usage.ts';
export { USAGE_SERVICE, type UsageContext } from './usage-methods.ts';
