export type * from './database.ts';
export { DatabaseError, type DatabaseErrorCode } from './error.ts';
