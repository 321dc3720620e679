import type { BuildWork } from '../../backend.ts';
import { ANNOTATION, buildLabels } from '../labels.ts';
import type { ResolvedSettings } from '../settings.ts';
import { buildArguments, WORKSPACE } from './build-arguments.ts';
import { BUILDKITD_CONF } from './buildkitd.ts';
import { CA_KEY, contextName, workDigest } from './names.ts';
import { BUILD_SCRIPT } from './script.ts';

/** The container that builds; `kubectl logs -c buildkit` as with the original. */
export const CONTAINER = 'buildkit';
const HOME = '/home/user';
const CA_FOLDER = '/etc/slipway/ca';
/** BuildKit is up in a second; on a busy node ten times as long. */
const CONNECT_TRIES = '60';

/** The Job of one build. `dockerSecret`: the Secret with the logins for registries. */
export function jobOf(work: BuildWork, settings: ResolvedSettings, dockerSecret: string | undefined): object {
  const labels = buildLabels(work, settings);
  const annotations = {
    [ANNOTATION.user]: work.user,
    [ANNOTATION.target]: `${work.target.repository}:${work.target.tag}`,
    [ANNOTATION.work]: workDigest(work),
  };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: work.jobName, namespace: settings.namespace, labels, annotations },
    spec: {
      backoffLimit: 0,
      activeDeadlineSeconds: Math.max(1, Math.ceil(work.timeLimitMs / 1000)),
      ttlSecondsAfterFinished: settings.ttlSecondsAfterFinished,
      template: {
        metadata: {
          labels,
          // Kubernetes before 1.30; later ones want the field below to say the same.
          annotations: {
            ...annotations,
            [`container.apparmor.security.beta.kubernetes.io/${CONTAINER}`]: 'unconfined',
          },
        },
        spec: podSpec(work, settings, dockerSecret),
      },
    },
  };
}

function podSpec(work: BuildWork, settings: ResolvedSettings, dockerSecret: string | undefined): object {
  const { serviceAccount, imagePullSecrets, nodeSelector, tolerations } = settings;
  return {
    restartPolicy: 'Never',
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    terminationGracePeriodSeconds: 5,
    ...(serviceAccount === undefined ? {} : { serviceAccountName: serviceAccount }),
    imagePullSecrets: imagePullSecrets.map((name) => ({ name })),
    nodeSelector,
    tolerations,
    securityContext: { runAsNonRoot: true, runAsUser: 1000, runAsGroup: 1000 },
    containers: [container(work, settings, dockerSecret)],
    volumes: [
      { name: 'buildkitd', configMap: { name: BUILDKITD_CONF } },
      { name: 'context', configMap: { name: contextName(work) } },
      { name: 'state', emptyDir: { sizeLimit: settings.storageLimit } },
      { name: 'tmp', emptyDir: { sizeLimit: '1Gi' } },
      ...(dockerSecret === undefined
        ? []
        : [
            {
              name: 'docker-config',
              secret: {
                secretName: dockerSecret,
                items: [{ key: '.dockerconfigjson', path: 'config.json' }],
              },
            },
          ]),
    ],
  };
}

function container(work: BuildWork, settings: ResolvedSettings, dockerSecret: string | undefined): object {
  return {
    name: CONTAINER,
    image: settings.image,
    imagePullPolicy: settings.imagePullPolicy,
    command: ['sh', '-c', BUILD_SCRIPT, 'slipway-build', ...buildArguments(work, settings)],
    env: environment(settings, dockerSecret).map(([name, value]) => ({ name, value })),
    resources: settings.resources,
    terminationMessagePolicy: 'FallbackToLogsOnError',
    securityContext: {
      privileged: false,
      allowPrivilegeEscalation: true, // newuidmap and newgidmap are setuid programs
      seccompProfile: { type: 'Unconfined' }, // BuildKit unshares and mounts in a namespace of its own
      appArmorProfile: { type: 'Unconfined' },
    },
    volumeMounts: mounts(work, settings, dockerSecret),
  };
}

const environment = (
  { ca }: ResolvedSettings,
  dockerSecret: string | undefined,
): readonly (readonly [string, string])[] => [
  ['BUILDKITD_FLAGS', '--config /config/buildkitd.toml'],
  ['BUILDCTL_CONNECT_RETRIES_MAX', CONNECT_TRIES],
  ...(dockerSecret === undefined ? [] : [['DOCKER_CONFIG', `${HOME}/.docker`] as const]),
  // Beside the image's own authorities, which Go reads from one file.
  ...(ca === undefined ? [] : [['SSL_CERT_DIR', CA_FOLDER] as const]),
];

/** Each file of the context is mounted by itself: a mounted ConfigMap has links, which a build would get as links. */
function mounts(
  work: BuildWork,
  { ca }: ResolvedSettings,
  dockerSecret: string | undefined,
): readonly object[] {
  const files = ['Dockerfile', ...Object.keys(work.context.files)].map((name) => ({
    name: 'context',
    mountPath: `${WORKSPACE}/${name}`,
    subPath: name,
    readOnly: true,
  }));
  return [
    { name: 'buildkitd', mountPath: '/config', readOnly: true },
    ...files,
    ...(ca === undefined
      ? []
      : [{ name: 'context', mountPath: `${CA_FOLDER}/ca.pem`, subPath: CA_KEY, readOnly: true }]),
    { name: 'state', mountPath: `${HOME}/.local/share/buildkit` },
    { name: 'tmp', mountPath: '/tmp' },
    ...(dockerSecret === undefined
      ? []
      : [{ name: 'docker-config', mountPath: `${HOME}/.docker`, readOnly: true }]),
  ];
}
