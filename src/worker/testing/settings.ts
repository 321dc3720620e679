import type { WorkerIdentity } from '../identity.ts';
import { settleSettings } from '../options/settle-settings.ts';
import type { WorkerSettings } from '../settings.ts';

export const TEST_IDENTITY: WorkerIdentity = {
  provisionerId: 'test',
  workerType: 'worker',
  taskQueueId: 'test/worker',
  workerGroup: 'group',
  workerId: 'one',
  workerNodeType: 'test-worker',
  publicIp: '127.0.0.1',
  privateIp: '127.0.0.1',
  hostname: 'host',
  version: '1.2.3',
};

/** Settings of a worker that measures and writes below a folder. */
export function testSettings(folder: string, changes: Partial<WorkerSettings> = {}): WorkerSettings {
  const { settings } = settleSettings({
    dockerVolume: folder,
    capacityManagement: { diskspaceThreshold: 1 },
    shutdown: { enabled: false },
  });
  return { ...settings, ...changes };
}
