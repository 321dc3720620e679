export type * from './database.ts';
export { DatabaseError, type DatabaseErrorCode } from './error.ts';
export { type DatabaseOptions, openDatabase } from './open-database.ts';
