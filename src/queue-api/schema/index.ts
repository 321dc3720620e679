// A door of its own: whoever only needs the words does not load zod.
export * from './answers.ts';
export * from './requests.ts';
export { TaskStatus } from './status.ts';
export { PriorityWord, TaskDefinition, TaskRequest } from './task.ts';
