import type { WorkerConfiguration } from './schema.ts';

const MINUTE_MS = 60_000;

const on = { enabled: true };
const off = { enabled: false };

/** What holds where nobody says anything else, as docker-worker had it. */
export const DEFAULTS = {
  capacity: 1,
  restrictCPU: false,
  task: { reclaimDivisor: 2 },
  alivenessCheckInterval: 30_000,
  capacityManagement: { diskspaceThreshold: 30_000_000_000 },
  dockerVolume: '/mnt',
  garbageCollection: { imageExpiration: 120 * MINUTE_MS },
  shutdown: { enabled: true, afterIdleSeconds: 300 },
  dockerConfig: {
    allowPrivileged: false,
    defaultRegistry: 'registry.hub.docker.com',
    maxAttempts: 5,
    delayFactor: 15_000,
    randomizationFactor: 0.25,
  },
  registries: {},
  deviceManagement: { loopbackAudio: on, loopbackVideo: on, hostSharedMemory: on, kvm: on },
  features: {
    localLiveLog: on,
    artifacts: on,
    bulkLog: off,
    bufferLog: on,
    taskclusterProxy: on,
    interactive: on,
    chainOfTrust: on,
    allowPtrace: on,
    dind: off, // its engine is privileged: whoever has it is root on the machine, and no scope is asked for
    dockerSave: on,
  },
  artifacts: {
    skipCompressionExtensions: [
      ...['.7z', '.bz2', '.deb', '.dmg', '.flv', '.gif', '.gz', '.jpeg', '.jpg', '.png', '.swf', '.tbz'],
      ...['.tgz', '.webp', '.whl', '.woff', '.woff2', '.xz', '.zip', '.zst', 'lz4'],
    ],
  },
  interactive: { minTime: 180, expirationAfterSession: 900 },
  dockerSave: { expiration: 7 * 24 * 60 * MINUTE_MS },
  dindImage: 'taskcluster/dind-service:v4.0',
  workerNodeType: 'standalone',
  limits: {
    logBytes: 2 ** 30,
    setupTimeout: 3_600,
    uploadTimeout: 4 * 3_600,
    defaultMaxRunTime: 7_200,
    unhealthyAfter: 300,
  },
  pipeline: { allow: [] },
} as const satisfies WorkerConfiguration;

/** For a worker on somebody's own machine: it stays when it is idle, and asks for less room. */
export const OWN_MACHINE = {
  shutdown: { enabled: false },
  capacityManagement: { diskspaceThreshold: 1_000_000_000 },
} as const satisfies WorkerConfiguration;

/** What docker-worker's own profiles changed of the defaults, as far as it means something here. */
export const PROFILES: Readonly<Record<string, WorkerConfiguration>> = {
  test: {
    dockerConfig: { delayFactor: 100 },
    capacityManagement: { diskspaceThreshold: 1_000_000_000 },
  },
  production: {},
};
