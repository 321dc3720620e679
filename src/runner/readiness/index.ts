export { awaitReady, isWaitedFor } from './await-ready.ts';
export type { WaitedService } from './waited-service.ts';
