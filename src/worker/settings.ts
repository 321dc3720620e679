import type { RegistryCredentials } from '../engine/index.ts';

export type DeviceName = 'loopbackVideo' | 'loopbackAudio' | 'hostSharedMemory' | 'kvm';

export type FeatureName =
  | 'localLiveLog'
  | 'artifacts'
  | 'bulkLog'
  | 'taskclusterProxy'
  | 'interactive'
  | 'chainOfTrust'
  | 'allowPtrace'
  | 'dind'
  | 'dockerSave'
  | 'bufferLog';

/** What the operator of a worker decided; defaults are those of `docs/contracts/worker.md`. */
export interface WorkerSettings {
  /** Tasks that run at once. */
  readonly capacity: number;
  /** It stops by itself when so many tasks were claimed and have ended. Absent: it does not. */
  readonly maxTasks?: number;
  /** One CPU core for each task; the capacity is then the number of cores. */
  readonly restrictCpu: boolean;
  /** Bytes that stay free on the measured file system, for each free slot. */
  readonly diskspaceThreshold: number;
  /** Folder whose file system is measured, and below which temporary files and caches are. Absolute. */
  readonly volume: string;
  /** Absolute. */
  readonly cacheFolder: string;
  readonly reclaimDivisor: number;
  readonly image: {
    readonly maxAttempts: number;
    readonly delayFactorMs: number;
    readonly randomizationFactor: number;
    /** How long an image stays after its last use. */
    readonly expirationMs: number;
    readonly defaultRegistry: string;
    /** By `host/user` or `host`. */
    readonly registries: Readonly<Record<string, RegistryCredentials>>;
  };
  readonly allowPrivileged: boolean;
  readonly devices: Readonly<Record<DeviceName, boolean>>;
  readonly features: Readonly<Record<FeatureName, boolean>>;
  /** File names that end like this are not compressed. */
  readonly skipCompressionExtensions: readonly string[];
  readonly dindImage: string;
  readonly dockerSaveExpirationMs: number;
  /** Base64 seed (32 bytes) or secret key (64 bytes) of the chain of trust. */
  readonly ed25519KeyFile?: string;
  /** Armored OpenPGP private key for `encryptedEnv`. */
  readonly encryptedEnvKeyFile?: string;
  readonly interactive: { readonly minTimeMs: number; readonly expirationAfterSessionMs: number };
  /**
   * Live log and shell where the worker serves them itself, because the queue is none of Slipway's: whether over TLS, with
   * which files (PEM), and names that say the address and an expiry. Absent: plain, by public address.
   */
  readonly ownSockets?: {
    readonly secureLiveLog: boolean;
    readonly secureInteractive: boolean;
    readonly tls?: { readonly certificateFile: string; readonly keyFile: string };
    readonly statelessHostname?: { readonly secret: string; readonly domain: string };
  };
  /** Where a payload says none (the early form). */
  readonly defaultMaxRunTimeSeconds: number;
  /** Limits of one task's container; absent: none. */
  readonly pidsLimit?: number;
  readonly memoryBytes?: number;
  /** Of the whole log of a task. */
  readonly maxLogBytes: number;
  /** How long setting up (features, image) and uploading may take. */
  readonly setupTimeoutMs: number;
  readonly uploadTimeoutMs: number;
  readonly shutdown: { readonly enabled: boolean; readonly afterIdleSeconds: number };
  /** What pipelines on this worker may use beside the fleet's own: `file-steps`, `volumes`, `local-images`, `docker`. */
  readonly pipelineAllow: readonly string[];
}
