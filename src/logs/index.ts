export { type FolderLogsOptions, openFolderLogs } from './folder/open-folder-logs.ts';
export { isLogName } from './log-name.ts';
export * from './log-store.ts';
