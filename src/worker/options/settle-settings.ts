import { join, resolve } from 'node:path';
import type { FeatureName, WorkerSettings } from '../settings.ts';
import { DEFAULTS } from './defaults.ts';
import { mergeConfigurations } from './merge.ts';
import type { WorkerConfiguration } from './schema.ts';

/** `T` with every key that `D` has, of the type that `T` gives it. */
type Filled<T, D> = D extends readonly unknown[] | string | number | boolean
  ? T
  : T & { readonly [K in keyof D & keyof T]-?: Filled<NonNullable<T[K]>, D[K]> };

/** Beside `WorkerSettings`: what the worker's own life needs. */
export interface SettledWorker {
  readonly settings: WorkerSettings;
  readonly alivenessCheckMs: number;
  readonly unhealthyLimitMs: number;
}

const SECOND_MS = 1_000;

/** Settings out of the layers, the strongest first; what no layer gives is docker-worker's default. */
export function settleSettings(...layers: readonly WorkerConfiguration[]): SettledWorker {
  // The defaults have every key that is read here.
  const all = mergeConfigurations(...layers, DEFAULTS) as Filled<WorkerConfiguration, typeof DEFAULTS>;
  const { dockerConfig, garbageCollection, limits, features, deviceManagement, shutdown } = all;
  const volume = resolve(all.dockerVolume);
  const isOn = (name: FeatureName): boolean => features[name]?.enabled ?? DEFAULTS.features[name].enabled;
  const device = (name: keyof typeof DEFAULTS.deviceManagement): boolean =>
    deviceManagement[name]?.enabled ?? true;
  const { pids, memoryBytes } = limits;
  const settings: WorkerSettings = {
    capacity: all.capacity,
    ...(all.maxTasks !== undefined && { maxTasks: all.maxTasks }),
    restrictCpu: all.restrictCPU,
    diskspaceThreshold: all.capacityManagement.diskspaceThreshold,
    volume,
    cacheFolder: resolve(all.cache?.volumeCachePath ?? join(volume, 'var/cache/docker-worker')),
    reclaimDivisor: all.task.reclaimDivisor,
    image: {
      maxAttempts: dockerConfig.maxAttempts,
      delayFactorMs: dockerConfig.delayFactor,
      randomizationFactor: dockerConfig.randomizationFactor,
      expirationMs: garbageCollection.imageExpiration,
      defaultRegistry: dockerConfig.defaultRegistry,
      registries: all.registries,
    },
    allowPrivileged: dockerConfig.allowPrivileged,
    devices: {
      loopbackVideo: device('loopbackVideo'),
      loopbackAudio: device('loopbackAudio'),
      hostSharedMemory: device('hostSharedMemory'),
      kvm: device('kvm'),
    },
    features: {
      localLiveLog: isOn('localLiveLog'),
      artifacts: isOn('artifacts'),
      bulkLog: isOn('bulkLog'),
      bufferLog: isOn('bufferLog'),
      taskclusterProxy: isOn('taskclusterProxy'),
      interactive: isOn('interactive'),
      chainOfTrust: isOn('chainOfTrust'),
      allowPtrace: isOn('allowPtrace'),
      dind: isOn('dind'),
      dockerSave: isOn('dockerSave'),
    },
    skipCompressionExtensions: all.artifacts.skipCompressionExtensions,
    dindImage: all.dindImage,
    dockerSaveExpirationMs: all.dockerSave.expiration,
    interactive: {
      minTimeMs: all.interactive.minTime * SECOND_MS,
      expirationAfterSessionMs: all.interactive.expirationAfterSession * SECOND_MS,
    },
    ownSockets: ownSocketsOf(all),
    defaultMaxRunTimeSeconds: limits.defaultMaxRunTime,
    maxLogBytes: limits.logBytes,
    setupTimeoutMs: limits.setupTimeout * SECOND_MS,
    uploadTimeoutMs: limits.uploadTimeout * SECOND_MS,
    shutdown: { enabled: shutdown.enabled, afterIdleSeconds: shutdown.afterIdleSeconds },
    pipelineAllow: all.pipeline.allow,
    ...(pids !== undefined && { pidsLimit: pids }),
    ...(memoryBytes !== undefined && { memoryBytes }),
    ...(all.ed25519SigningKeyLocation !== undefined && { ed25519KeyFile: all.ed25519SigningKeyLocation }),
    ...(all.encryptedEnv?.keyLocation !== undefined && { encryptedEnvKeyFile: all.encryptedEnv.keyLocation }),
  };
  return {
    settings,
    alivenessCheckMs: all.alivenessCheckInterval,
    unhealthyLimitMs: limits.unhealthyAfter * SECOND_MS,
  };
}

/** How the worker serves what others read of it, where its queue is none of Slipway's. */
function ownSocketsOf({
  logging,
  ssl,
  statelessHostname,
  interactive,
}: WorkerConfiguration): NonNullable<WorkerSettings['ownSockets']> {
  const { certificate, key } = ssl ?? {};
  const hasTls = certificate !== undefined && key !== undefined;
  const { enabled = false, secret, domain } = statelessHostname ?? {};
  const isNamed = enabled && secret !== undefined && domain !== undefined;
  return {
    secureLiveLog: logging?.secureLiveLogging ?? false,
    secureInteractive: interactive?.ssl ?? hasTls,
    ...(hasTls && { tls: { certificateFile: certificate, keyFile: key } }),
    ...(isNamed && { statelessHostname: { secret, domain } }),
  };
}
