export { type DatabaseLogsOptions, openDatabaseLogs } from './database/open-database-logs.ts';
export { LOG_MIGRATIONS } from './database/statements.ts';
export { type FolderLogsOptions, openFolderLogs } from './folder/open-folder-logs.ts';
export { ReadFolderLogs, type ReadFolderLogsOptions } from './folder/read-folder-logs.ts';
export { isLogName } from './log-name.ts';
export * from './log-store.ts';
