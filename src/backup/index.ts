export { BACKUP_PATH, BACKUP_SCOPE, type BackupRoutesOptions, backupRoutes } from './backup-routes.ts';
export { BackupError, type BackupErrorCode } from './error.ts';
export type { BackupEnd, BackupHead, LeftOut } from './format.ts';
export { createRemovalGate, gatedLogs, gatedStore, type RemovalGate } from './hold-removals.ts';
export { passingPlace } from './passing-place.ts';
export { readBackup } from './restore/read-backup.ts';
export { type Restored, type RestoreOptions, restoreBackup } from './restore/restore-backup.ts';
export { type BackupSource, removeCopy, takeBackup } from './take/take-backup.ts';
