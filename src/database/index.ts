export { type Bulletin, openBulletin } from './bulletin.ts';
export { type Clock, type Moment, openClock } from './clock.ts';
export type * from './database.ts';
export { DatabaseError, type DatabaseErrorCode } from './error.ts';
export {
  checkDatabaseFile,
  type DatabaseOptions,
  type InspectedDatabase,
  inspectPostgres,
  openDatabase,
} from './open-database.ts';
