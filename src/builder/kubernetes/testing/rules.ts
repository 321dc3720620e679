import { z } from 'zod';
import { type Plural, Refusal } from './stored-object.ts';

const DATA_LIMIT_BYTES = 1024 * 1024;
const LABEL_VALUE = /^(?:[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?$/;
const LABEL_NAME =
  /^(?:[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?\/)?[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/;
const SUBDOMAIN = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/;
const DATA_KEY = /^[-._a-zA-Z0-9]{1,253}$/;

const Metadata = z.object({
  name: z.string(),
  namespace: z.string().optional(),
  labels: z.record(z.string(), z.string()).optional(),
  annotations: z.record(z.string(), z.string()).optional(),
  ownerReferences: z
    .array(
      z.object({
        apiVersion: z.string(),
        kind: z.string(),
        name: z.string(),
        uid: z.string(),
        controller: z.boolean().optional(),
        blockOwnerDeletion: z.boolean().optional(),
      }),
    )
    .optional(),
});

// Objects of zod drop what they do not know, as the API's server does.
const Mount = z.object({
  name: z.string(),
  mountPath: z.string(),
  subPath: z.string().optional(),
  readOnly: z.boolean().optional(),
});
const Seccomp = z.object({ type: z.enum(['Unconfined', 'RuntimeDefault', 'Localhost']) });
const Quantities = z.record(z.string(), z.string().regex(/^\d+(?:\.\d+)?(?:[munkMGTPE]i?)?$/));
const Container = z.object({
  name: z.string(),
  image: z.string().min(1),
  imagePullPolicy: z.enum(['Always', 'IfNotPresent', 'Never']).optional(),
  command: z.array(z.string()).optional(),
  args: z.array(z.string()).optional(),
  env: z.array(z.object({ name: z.string(), value: z.string().optional() })).optional(),
  resources: z.object({ requests: Quantities.optional(), limits: Quantities.optional() }).optional(),
  terminationMessagePath: z.string().optional(),
  terminationMessagePolicy: z.enum(['File', 'FallbackToLogsOnError']).optional(),
  securityContext: z
    .object({
      privileged: z.boolean().optional(),
      allowPrivilegeEscalation: z.boolean().optional(),
      seccompProfile: Seccomp.optional(),
      runAsUser: z.number().int().optional(),
      runAsGroup: z.number().int().optional(),
    })
    .optional(),
  volumeMounts: z.array(Mount).optional(),
});
const Items = z.array(z.object({ key: z.string(), path: z.string() })).optional();
const Volume = z.object({
  name: z.string().max(63).regex(SUBDOMAIN),
  configMap: z.object({ name: z.string(), items: Items }).optional(),
  secret: z.object({ secretName: z.string(), items: Items }).optional(),
  emptyDir: z.object({ sizeLimit: z.string().optional() }).optional(),
});
const PodSpec = z.object({
  restartPolicy: z.enum(['Never', 'OnFailure']),
  automountServiceAccountToken: z.boolean().optional(),
  enableServiceLinks: z.boolean().optional(),
  serviceAccountName: z.string().optional(),
  terminationGracePeriodSeconds: z.number().int().min(0).optional(),
  imagePullSecrets: z.array(z.object({ name: z.string() })).optional(),
  nodeSelector: z.record(z.string(), z.string()).optional(),
  tolerations: z.array(z.record(z.string(), z.unknown())).optional(),
  securityContext: z
    .object({
      runAsNonRoot: z.boolean().optional(),
      runAsUser: z.number().int().optional(),
      runAsGroup: z.number().int().optional(),
      fsGroup: z.number().int().optional(),
      seccompProfile: Seccomp.optional(),
    })
    .optional(),
  initContainers: z.array(Container).optional(),
  containers: z.array(Container).min(1),
  volumes: z.array(Volume).optional(),
});
export type PodSpec = z.infer<typeof PodSpec>;

const JobSpec = z.object({
  backoffLimit: z.number().int().min(0).optional(),
  activeDeadlineSeconds: z.number().int().min(1).optional(),
  template: z.object({ metadata: Metadata.partial().optional(), spec: PodSpec }),
});
export type JobSpec = z.infer<typeof JobSpec>;

const Data = z.record(z.string(), z.string()).optional();
const BODIES = {
  jobs: z.object({ metadata: Metadata, spec: JobSpec }),
  configmaps: z.object({ metadata: Metadata, data: Data }),
  secrets: z.object({ metadata: Metadata, type: z.string().optional(), data: Data }),
};
const KINDS = {
  jobs: ['batch/v1', 'Job'],
  configmaps: ['v1', 'ConfigMap'],
  secrets: ['v1', 'Secret'],
} as const;

type Body = { readonly metadata: z.infer<typeof Metadata>; readonly [field: string]: unknown };

/** An object as the API keeps it: what it does not know is dropped, and what it does not allow is refused. */
export function admit(
  plural: Plural,
  body: unknown,
): Body & { readonly apiVersion: string; readonly kind: string } {
  if (!(plural in BODIES))
    throw new Refusal(405, 'MethodNotAllowed', 'the server does not allow this method');
  const known = plural as keyof typeof BODIES; // it is one of them
  const parsed = BODIES[known].safeParse(body);
  const [apiVersion, kind] = KINDS[known];
  if (!parsed.success)
    throw invalid(kind, '', `${parsed.error.issues[0]?.path.join('.')}: ${parsed.error.issues[0]?.message}`);
  const object = { ...parsed.data, apiVersion, kind };
  checkMetadata(kind, object.metadata);
  if ('data' in object) checkData(kind, object.metadata.name, object.data ?? {});
  if (known === 'secrets') checkSecret(object.metadata.name, BODIES.secrets.parse(body));
  if ('spec' in object) checkJob(object.metadata.name, object.spec);
  return object;
}

const invalid = (kind: string, name: string, why: string): Refusal =>
  new Refusal(422, 'Invalid', `${kind} "${name}" is invalid: ${why}`);

function checkMetadata(kind: string, { name, labels }: z.infer<typeof Metadata>): void {
  if (name.length > 253 || !SUBDOMAIN.test(name))
    throw invalid(kind, name, 'metadata.name: a DNS-1123 subdomain');
  for (const [label, value] of Object.entries(labels ?? {})) {
    if (!LABEL_NAME.test(label)) throw invalid(kind, name, `metadata.labels: name of ${label}`);
    if (!LABEL_VALUE.test(value))
      throw invalid(kind, name, `metadata.labels: must be no more than 63 characters: ${value}`);
  }
}

function checkData(kind: string, name: string, data: Readonly<Record<string, string>>): void {
  for (const key of Object.keys(data))
    if (!DATA_KEY.test(key) || key === '.' || key.startsWith('..'))
      throw invalid(kind, name, `data[${key}]: a valid config key`);
  const decoded = (text: string): number =>
    kind === 'Secret' ? Buffer.from(text, 'base64').length : Buffer.byteLength(text);
  const sizeBytes = Object.values(data).reduce((sum, text) => sum + decoded(text), 0);
  if (sizeBytes > DATA_LIMIT_BYTES)
    throw invalid(kind, name, `[]: Too long: must have at most ${DATA_LIMIT_BYTES} bytes`);
}

function checkSecret(name: string, { type, data }: z.infer<(typeof BODIES)['secrets']>): void {
  if (type !== 'kubernetes.io/dockerconfigjson') return;
  try {
    JSON.parse(Buffer.from(data?.['.dockerconfigjson'] ?? '', 'base64').toString());
  } catch {
    throw invalid('Secret', name, 'data[.dockerconfigjson]: Required value or not JSON');
  }
}

function checkJob(name: string, { template }: JobSpec): void {
  // The name is the value of a label of its pods.
  if (name.length > 63)
    throw invalid('Job', name, 'spec.template.labels: must be no more than 63 characters');
  checkMetadata('Job', { name, ...(template.metadata?.labels && { labels: template.metadata.labels }) });
  const volumes = new Set(template.spec.volumes?.map((volume) => volume.name));
  if (volumes.size !== (template.spec.volumes?.length ?? 0))
    throw invalid('Job', name, 'spec.template.spec.volumes: Duplicate value');
  for (const container of [...template.spec.containers, ...(template.spec.initContainers ?? [])]) {
    const mounts = container.volumeMounts ?? [];
    if (new Set(mounts.map(({ mountPath }) => mountPath)).size !== mounts.length)
      throw invalid('Job', name, 'volumeMounts.mountPath: must be unique');
    for (const { name: volume, subPath = '' } of mounts) {
      if (!volumes.has(volume)) throw invalid('Job', name, `volumeMounts.name: Not found: "${volume}"`);
      if (subPath.startsWith('/') || subPath.split('/').includes('..'))
        throw invalid('Job', name, 'volumeMounts.subPath: must be a relative path');
    }
  }
}
