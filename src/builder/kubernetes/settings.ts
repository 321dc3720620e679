/** What one build's pod gets at least and at most. */
export interface PodResources {
  readonly requests: Readonly<Record<string, string>>;
  readonly limits: Readonly<Record<string, string>>;
}

/** A taint that a build's pod tolerates, as the API has it. */
export interface Toleration {
  readonly key?: string;
  readonly operator?: 'Exists' | 'Equal';
  readonly value?: string;
  readonly effect?: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute';
  readonly tolerationSeconds?: number;
}

/** How images are built in a cluster. */
export interface KubernetesSettings {
  /** A kubeconfig. @defaultValue as kubectl finds it, then the service account of the pod that this runs in */
  readonly kubeconfig?: string;
  /** A context of the kubeconfig. @defaultValue its current one */
  readonly context?: string;
  /** Where Jobs, ConfigMaps and Secrets are. @defaultValue `nuvolaris` */
  readonly namespace?: string;
  /** Tells apart what several servers with databases of their own made in one namespace. @defaultValue `slipway` */
  readonly instance?: string;
  /** A rootless BuildKit with `buildctl-daemonless.sh`. @defaultValue `moby/buildkit:v0.30.0-rootless` */
  readonly image?: string;
  /** @defaultValue `IfNotPresent` */
  readonly imagePullPolicy?: 'Always' | 'IfNotPresent' | 'Never';
  /** Secrets with which nodes pull `image`. @defaultValue none */
  readonly imagePullSecrets?: readonly string[];
  /** @defaultValue requests of 250m and 256Mi, limits of 2Gi memory */
  readonly resources?: PodResources;
  /** What layers and caches of one build may take on its node. @defaultValue `10Gi` */
  readonly storageLimit?: string;
  /** @defaultValue none */
  readonly nodeSelector?: Readonly<Record<string, string>>;
  /** @defaultValue none */
  readonly tolerations?: readonly Toleration[];
  /** @defaultValue the namespace's default; its token is not mounted */
  readonly serviceAccount?: string;
  /** How long a Job that ended stays where no server removed it. @defaultValue 3600 */
  readonly ttlSecondsAfterFinished?: number;
  /** How long a pod may take until its builder runs: a node, an image, a quota. @defaultValue 600 */
  readonly startLimitSeconds?: number;
  /** `registry`: layers are exported to and imported from `<user>/slipway-cache:<kind>` of the push host. @defaultValue `none` */
  readonly cache?: 'none' | 'registry';
  /** Wins over what users and the ConfigMap `config` say. */
  readonly registryHost?: string;
  /** Where builds push to, where that differs from where images are pulled from. */
  readonly registryPushHost?: string;
  /** What callers are told, where it differs. */
  readonly registryPullHost?: string;
  /** Registries asked over plain HTTP, beside those on the loopback interface. @defaultValue `nuvolaris-registry-svc:5000` */
  readonly plainHttpHosts?: readonly string[];
  /** What instructions reach: what the pod does, or nothing. @defaultValue `default` */
  readonly network?: 'default' | 'none';
  /** Authorities (PEM) that builds trust beside those of the image. */
  readonly ca?: string;
  /** The environment, for `KUBECONFIG` and the rest. */
  readonly environment: NodeJS.ProcessEnv;
  /** @defaultValue the clock */
  readonly now?: () => number;
}

const DEFAULTS = {
  namespace: 'nuvolaris',
  instance: 'slipway',
  image: 'moby/buildkit:v0.30.0-rootless',
  imagePullPolicy: 'IfNotPresent',
  imagePullSecrets: [],
  resources: { requests: { cpu: '250m', memory: '256Mi' }, limits: { memory: '2Gi' } },
  storageLimit: '10Gi',
  nodeSelector: {},
  tolerations: [],
  ttlSecondsAfterFinished: 3600,
  startLimitSeconds: 600,
  cache: 'none',
  network: 'default',
  plainHttpHosts: ['nuvolaris-registry-svc:5000'],
  now: Date.now,
} as const satisfies Partial<KubernetesSettings>;

/** The settings with nothing left to guess. */
export type ResolvedSettings = KubernetesSettings & {
  readonly [K in keyof typeof DEFAULTS]-?: NonNullable<KubernetesSettings[K & keyof KubernetesSettings]>;
};

/** What was not said is as the defaults have it. */
export function resolveSettings(settings: KubernetesSettings): ResolvedSettings {
  const said = Object.entries(settings).filter(([, value]) => value !== undefined);
  return { ...DEFAULTS, ...(Object.fromEntries(said) as unknown as KubernetesSettings) };
}
