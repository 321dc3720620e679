export type * from './events.ts';
export type * from './request.ts';
export { runWorkflow } from './run-workflow.ts';
