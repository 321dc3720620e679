import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ScaledObject } from '@kubernetes-models/keda/keda.sh/v1alpha1/ScaledObject';
import { TriggerAuthentication } from '@kubernetes-models/keda/keda.sh/v1alpha1/TriggerAuthentication';
import { ServiceMonitor } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/ServiceMonitor';
import { Deployment } from 'kubernetes-models/apps/v1/Deployment';
import { HorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2/HorizontalPodAutoscaler';
import { NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1/PodDisruptionBudget';
import { Role } from 'kubernetes-models/rbac.authorization.k8s.io/v1/Role';
import { RoleBinding } from 'kubernetes-models/rbac.authorization.k8s.io/v1/RoleBinding';
import { ConfigMap } from 'kubernetes-models/v1/ConfigMap';
import { ResourceQuota } from 'kubernetes-models/v1/ResourceQuota';
import { Secret } from 'kubernetes-models/v1/Secret';
import { Service } from 'kubernetes-models/v1/Service';
import { ServiceAccount } from 'kubernetes-models/v1/ServiceAccount';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';

const ROOT = resolve(import.meta.dirname, '../..');
const FOLDER = join(ROOT, 'deploy/kubernetes');

interface Checked {
  validate(): void;
}

interface Model {
  /** Where the interface is that was made from the schema of the API, and what it is called. */
  readonly type: readonly [module: string, name: string];
  /** Checks against the schema itself. */
  readonly check: (manifest: Manifest) => Checked;
}

// Each class takes what its interface says, and a manifest is that only if its check passes.
const MODELS: Readonly<Record<string, Model>> = {
  'apps/v1 Deployment': {
    type: ['kubernetes-models/apps/v1/Deployment', 'IDeployment'],
    check: (manifest) => new Deployment(manifest as object),
  },
  'autoscaling/v2 HorizontalPodAutoscaler': {
    type: ['kubernetes-models/autoscaling/v2/HorizontalPodAutoscaler', 'IHorizontalPodAutoscaler'],
    check: (manifest) =>
      new HorizontalPodAutoscaler(
        manifest as unknown as ConstructorParameters<typeof HorizontalPodAutoscaler>[0],
      ),
  },
  'keda.sh/v1alpha1 ScaledObject': {
    type: ['@kubernetes-models/keda/keda.sh/v1alpha1/ScaledObject', 'IScaledObject'],
    check: (manifest) =>
      new ScaledObject(manifest as unknown as ConstructorParameters<typeof ScaledObject>[0]),
  },
  'keda.sh/v1alpha1 TriggerAuthentication': {
    type: ['@kubernetes-models/keda/keda.sh/v1alpha1/TriggerAuthentication', 'ITriggerAuthentication'],
    check: (manifest) =>
      new TriggerAuthentication(
        manifest as unknown as ConstructorParameters<typeof TriggerAuthentication>[0],
      ),
  },
  'monitoring.coreos.com/v1 ServiceMonitor': {
    type: [
      '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/ServiceMonitor',
      'IServiceMonitor',
    ],
    check: (manifest) =>
      new ServiceMonitor(manifest as unknown as ConstructorParameters<typeof ServiceMonitor>[0]),
  },
  'v1 ConfigMap': {
    type: ['kubernetes-models/v1/ConfigMap', 'IConfigMap'],
    check: (manifest) => new ConfigMap(manifest as object),
  },
  'v1 Service': {
    type: ['kubernetes-models/v1/Service', 'IService'],
    check: (manifest) => new Service(manifest as object),
  },
  'v1 Secret': {
    type: ['kubernetes-models/v1/Secret', 'ISecret'],
    check: (manifest) => new Secret(manifest as object),
  },
  'policy/v1 PodDisruptionBudget': {
    type: ['kubernetes-models/policy/v1/PodDisruptionBudget', 'IPodDisruptionBudget'],
    check: (manifest) => new PodDisruptionBudget(manifest as object),
  },
  'v1 ServiceAccount': {
    type: ['kubernetes-models/v1/ServiceAccount', 'IServiceAccount'],
    check: (manifest) => new ServiceAccount(manifest as object),
  },
  'v1 ResourceQuota': {
    type: ['kubernetes-models/v1/ResourceQuota', 'IResourceQuota'],
    check: (manifest) => new ResourceQuota(manifest as object),
  },
  'rbac.authorization.k8s.io/v1 Role': {
    type: ['kubernetes-models/rbac.authorization.k8s.io/v1/Role', 'IRole'],
    check: (manifest) => new Role(manifest as unknown as ConstructorParameters<typeof Role>[0]),
  },
  'rbac.authorization.k8s.io/v1 RoleBinding': {
    type: ['kubernetes-models/rbac.authorization.k8s.io/v1/RoleBinding', 'IRoleBinding'],
    check: (manifest) => new RoleBinding(manifest as unknown as ConstructorParameters<typeof RoleBinding>[0]),
  },
  'networking.k8s.io/v1 NetworkPolicy': {
    type: ['kubernetes-models/networking.k8s.io/v1/NetworkPolicy', 'INetworkPolicy'],
    check: (manifest) => new NetworkPolicy(manifest as object),
  },
};

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: Readonly<Record<string, unknown>>;
}

function readManifest(name: string): Manifest {
  const [manifest] = readManifests(join(FOLDER, name));
  if (manifest === undefined) throw new Error(`nothing in ${name}`);
  return manifest;
}

function readManifests(path: string): Manifest[] {
  const documents = parseAllDocuments(readFileSync(path, 'utf8'));
  return documents.map((document) => {
    expect(document.errors).toEqual([]);
    return document.toJS();
  });
}

const files = [
  ...readdirSync(FOLDER).filter((name) => name.endsWith('.yaml')),
  'example/ocisecrets.yaml',
  'fleet/server.yaml',
  'fleet/worker.yaml',
  'fleet/network-policy.yaml',
  'fleet/autoscaling/keda.yaml',
  'fleet/autoscaling/hpa.yaml',
  'fleet/monitoring/monitors.yaml',
  'fleet/example/slipway.yaml',
  'builder/role.yaml',
  'builder/buildkitd.yaml',
  'builder/network-policy.yaml',
  'builder/quota.yaml',
  'builder/server.yaml',
  'builder/example/slipway-builder.yaml',
].map((name) => join(FOLDER, name));

/**
 * What the type checker has against a manifest, written as a literal: wrong types, wrong words, missing fields, and fields
 * that the API does not have, which its server would only drop.
 */
function problemsOf(manifest: Manifest): string[] {
  const model = MODELS[`${manifest.apiVersion} ${manifest.kind}`];
  if (model === undefined) return [`no model of ${manifest.apiVersion} ${manifest.kind}`];
  const [module, name] = model.type;
  const file = join(ROOT, 'test/packaging/manifest.ts');
  const text = `import type { ${name} } from '${module}';\nexport const manifest: ${name} = ${JSON.stringify(manifest)};`;
  const options: ts.CompilerOptions = {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    types: [],
  };
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists, readFile } = host;
  host.getSourceFile = (path, version) =>
    path === file ? ts.createSourceFile(path, text, version) : getSourceFile(path, version);
  host.fileExists = (path) => path === file || fileExists(path);
  host.readFile = (path) => (path === file ? text : readFile(path));
  return ts
    .getPreEmitDiagnostics(ts.createProgram([file], options, host))
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}

describe('the manifests for Kubernetes', () => {
  test.each(files)('%s is what the API knows', (path) => {
    for (const manifest of readManifests(path)) {
      expect(problemsOf(manifest)).toEqual([]);
      MODELS[`${manifest.apiVersion} ${manifest.kind}`]?.check(manifest).validate();
    }
  });

  test.each([
    ['"containerPort"', '"containerPrt"', /containerPrt/],
    ['"readOnlyRootFilesystem"', '"readOnlyRootFileSystem"', /readOnlyRootFileSystem/],
    ['"terminationGracePeriodSeconds"', '"terminationGracePeriod"', /terminationGracePeriod/],
    ['"ScheduleAnyway"', '"ScheduleAnyhow"', /ScheduleAnyhow/],
    ['"replicas":2', '"replicas":"2"', /not assignable to type 'number'/],
    ['"selector":{', '"selektor":{', /selector|selektor/],
  ])('would not pass with %s as %s', (good, bad, problem) => {
    const text = JSON.stringify(readManifest('deployment.yaml'));
    expect(text).toContain(good);
    expect(problemsOf(JSON.parse(text.replace(good, bad))).join('\n')).toMatch(problem);
  });
});

interface EnvironmentVariable {
  readonly name: string;
  readonly valueFrom: {
    readonly secretKeyRef?: { readonly name: string; readonly key: string };
    readonly fieldRef?: { readonly fieldPath: string };
  };
}

interface DeploymentSpec {
  readonly template: {
    readonly metadata: { readonly labels: Readonly<Record<string, string>> };
    readonly spec: {
      readonly terminationGracePeriodSeconds: number;
      readonly containers: readonly [
        {
          readonly command: readonly string[];
          readonly env: readonly EnvironmentVariable[];
          readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
          readonly lifecycle: {
            readonly preStop: { readonly exec: { readonly command: readonly string[] } };
          };
        },
      ];
    };
  };
}

describe('the deployment for Kubernetes', () => {
  const { template } = readManifest('deployment.yaml').spec as unknown as DeploymentSpec; // seen by the tests above
  const [container] = template.spec.containers;

  test('takes the settings from the secret and the keys of the original', () => {
    const keys = container.env.flatMap(({ name, valueFrom: { secretKeyRef } }) =>
      secretKeyRef === undefined ? [] : [[name, secretKeyRef.name, secretKeyRef.key]],
    );
    expect(keys).toEqual([
      ['WERCKER_OCI_TENANCY_OCID', 'ocisecrets', 'tenancy'],
      ['WERCKER_OCI_USER_OCID', 'ocisecrets', 'userocid'],
      ['WERCKER_OCI_REGION', 'ocisecrets', 'region'],
      ['WERCKER_OCI_FINGERPRINT', 'ocisecrets', 'fingerprint'],
      ['WERCKER_OCI_NAMESPACE', 'ocisecrets', 'namespace'],
      ['WERCKER_OCI_BUCKETNAME', 'ocisecrets', 'bucket'],
      ['WERCKER_OCI_PRIVATE_KEY_PASSPHRASE', 'ocisecrets', 'passphrase'],
      ['WERCKER_OCI_PRIVATE_KEY', 'ocisecrets', 'api-key'],
    ]);
    const secret = readManifest('example/ocisecrets.yaml');
    const { stringData, metadata } = secret as Manifest & { stringData: Record<string, string> };
    expect(metadata.name).toBe('ocisecrets');
    expect(Object.keys(stringData)).toEqual(keys.map(([, , key]) => key));
    expect(new Set(Object.values(stringData))).toEqual(new Set(['']));
  });

  test('tells the pod its name and address', () => {
    const fields = container.env.flatMap(({ name, valueFrom: { fieldRef } }) =>
      fieldRef === undefined ? [] : [[name, fieldRef.fieldPath]],
    );
    expect(fields).toEqual([
      ['MY_POD_NAME', 'metadata.name'],
      ['MY_POD_IP', 'status.podIP'],
    ]);
  });

  test('is given the time to let downloads end', () => {
    const drain = container.command.find((word) => word.startsWith('--drain-timeout='));
    const drainSeconds = Number(/=(\d+)m$/.exec(drain ?? '')?.[1]) * 60;
    const sleepSeconds = Number(container.lifecycle.preStop.exec.command[1]);
    expect(template.spec.terminationGracePeriodSeconds).toBeGreaterThan(drainSeconds + sleepSeconds);
  });

  test('is what the service leads to, on the port of the original', () => {
    const service = readManifest('service.yaml');
    expect(service.spec).toMatchObject({ type: 'NodePort', ports: [{ port: 8091, targetPort: 'http' }] });
    expect(template.metadata.labels).toMatchObject(service.spec['selector'] as object);
    expect(container.ports).toEqual([{ name: 'http', containerPort: 8091 }]);
    expect(container.command.slice(0, 3)).toEqual(['/runner-download', 'server', '--port=8091']);
  });
});
