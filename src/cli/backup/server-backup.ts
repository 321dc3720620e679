import type { FastifyPluginAsync } from 'fastify';
import type { Authenticate } from '../../auth/index.ts';
import { backupRoutes, type RemovalGate } from '../../backup/index.ts';
import { signedRequest } from '../../queue/index.ts';
import type { CommandContext } from '../command.ts';
import { type BackupSourceParts, backupSource } from './backup-source.ts';

export interface ServerBackupParts extends BackupSourceParts {
  readonly gate: RemovalGate;
  readonly authenticate: Authenticate;
  readonly stopping: AbortSignal;
}

/** Where a server gives its backup. */
export const serverBackupRoutes = (
  context: CommandContext,
  { gate, authenticate, stopping, ...parts }: ServerBackupParts,
): FastifyPluginAsync =>
  backupRoutes({
    source: backupSource(context, parts),
    gate,
    callerOf: (request) => authenticate(signedRequest(request)),
    stopping,
  });
