import { z } from 'zod';

const ms = z.number().nonnegative();
const count = z.number().int().nonnegative();
const enabled = z.strictObject({ enabled: z.boolean() }).partial();
const part = <T extends z.core.$ZodLooseShape>(shape: T) => z.strictObject(shape).partial();

/** `host/user` or `host`, with who pulls there. */
const Registries = z.record(z.string(), z.strictObject({ username: z.string(), password: z.string() }));

/**
 * A layer of the configuration, in docker-worker's own words, with what Slipway added under `limits`, `encryptedEnv` and
 * `pipeline`. Everything may be absent; nothing else may be there.
 */
export const WorkerConfiguration = part({
  rootUrl: z.url({ protocol: /^https?$/ }),
  taskcluster: part({
    rootUrl: z.url({ protocol: /^https?$/ }),
    clientId: z.string(),
    accessToken: z.string(),
    certificate: z.string(),
  }),
  provisionerId: z.string(),
  workerType: z.string(),
  workerGroup: z.string(),
  workerId: z.string(),
  workerNodeType: z.string(),
  publicIp: z.string(),
  privateIp: z.string(),
  publicHost: z.string(),
  host: z.string(),
  instanceId: z.string(),
  instanceType: z.string(),
  region: z.string(),
  availabilityZone: z.string(),
  cloud: z.string(),
  capacity: count,
  maxTasks: count,
  restrictCPU: z.boolean(),
  taskQueue: part({ pollInterval: ms }),
  task: part({ reclaimDivisor: z.number().gt(1) }),
  alivenessCheckInterval: z.number().positive(),
  capacityManagement: part({ diskspaceThreshold: count }),
  dockerVolume: z.string(),
  garbageCollection: part({
    imageExpiration: ms,
    containerExpiration: ms,
    interval: ms,
    dockerVolume: z.string(),
  }),
  cache: part({ volumeCachePath: z.string() }),
  shutdown: part({ enabled: z.boolean(), afterIdleSeconds: z.number().positive() }),
  dockerConfig: part({
    allowPrivileged: z.boolean(),
    defaultRegistry: z.string(),
    maxAttempts: z.number().int().positive(),
    delayFactor: ms,
    randomizationFactor: z.number().min(0).max(1),
  }),
  registries: Registries,
  deviceManagement: part({
    cpu: enabled,
    loopbackAudio: enabled,
    loopbackVideo: enabled,
    hostSharedMemory: enabled,
    kvm: enabled,
  }),
  features: part({
    localLiveLog: enabled,
    artifacts: enabled,
    bulkLog: enabled,
    bufferLog: enabled,
    taskclusterProxy: enabled,
    interactive: enabled,
    chainOfTrust: enabled,
    allowPtrace: enabled,
    dind: enabled,
    dockerSave: enabled,
  }),
  artifacts: part({ skipCompressionExtensions: z.array(z.string()) }),
  logging: part({ secureLiveLogging: z.boolean() }),
  ssl: part({ certificate: z.string(), key: z.string() }),
  statelessHostname: part({ enabled: z.boolean(), secret: z.string(), domain: z.string() }),
  interactive: part({
    ssl: z.boolean(),
    minTime: z.number().nonnegative(),
    expirationAfterSession: z.number().nonnegative(),
    artifactName: z.string(),
  }),
  dockerSave: part({ expiration: ms }),
  dindImage: z.string(),
  ed25519SigningKeyLocation: z.string(),
  encryptedEnv: part({ keyLocation: z.string() }),
  limits: part({
    pids: z.number().int().positive(),
    memoryBytes: z.number().int().positive(),
    logBytes: z.number().int().positive(),
    setupTimeout: z.number().positive(),
    uploadTimeout: z.number().positive(),
    defaultMaxRunTime: z.number().int().positive(),
    unhealthyAfter: z.number().positive(),
  }),
  pipeline: part({ allow: z.array(z.enum(['file-steps', 'volumes', 'local-images', 'docker'])) }),
});
export type WorkerConfiguration = z.infer<typeof WorkerConfiguration>;
