import { Job } from 'kubernetes-models/batch/v1/Job';
import { ConfigMap } from 'kubernetes-models/v1/ConfigMap';
import { Secret } from 'kubernetes-models/v1/Secret';
import { describe, expect, it } from 'vitest';
import { resolveSettings } from '../settings.ts';
import { workOf } from '../testing/rig.ts';
import { buildArguments } from './build-arguments.ts';
import { buildkitdOf, buildkitdToml } from './buildkitd.ts';
import { contextOf } from './context.ts';
import { secretOf } from './docker-config.ts';
import { jobOf } from './job.ts';
import { BUILD_SCRIPT } from './script.ts';

const settings = resolveSettings({
  environment: {},
  cache: 'registry',
  ca: '-----BEGIN CERTIFICATE-----\n',
  nodeSelector: { 'slipway.dev/builds': 'yes' },
  tolerations: [{ key: 'builds', operator: 'Exists', effect: 'NoSchedule' }],
  imagePullSecrets: ['mirror'],
});
const owner = { name: 'build-alice-1', uid: '7c9e6679-7425-40de-944b-e07fc1f90ae7' };
const podOf = (work = workOf()) =>
  // The test below checks it against the API's schema.
  (jobOf(work, settings, 'registry-pull-secret') as { spec: { template: { spec: Record<string, unknown> } } })
    .spec.template.spec;

describe('the objects of a build', () => {
  it('are what the API knows', () => {
    const made = [
      new Job(jobOf(workOf(), settings, 'registry-pull-secret')),
      new ConfigMap(contextOf(workOf(), settings, owner)),
      new ConfigMap(buildkitdOf('nuvolaris', buildkitdToml(['r:5000']), {})),
      new Secret(secretOf(workOf(), settings, { job: owner, config: '{}' })),
    ];
    for (const object of made) expect(() => object.validate()).not.toThrow();
  });

  it('run without privileges, without a token of the cluster, and with limits', () => {
    expect(podOf()).toMatchObject({
      automountServiceAccountToken: false,
      restartPolicy: 'Never',
      securityContext: { runAsNonRoot: true, runAsUser: 1000, runAsGroup: 1000 },
      nodeSelector: { 'slipway.dev/builds': 'yes' },
      containers: [
        {
          image: 'moby/buildkit:v0.30.0-rootless',
          securityContext: { privileged: false, seccompProfile: { type: 'Unconfined' } },
          resources: { limits: { memory: '2Gi' } },
        },
      ],
    });
  });

  it('have names and labels that the API takes, whatever the user is called', () => {
    const user = 'u'.repeat(61);
    const work = workOf({ user, jobName: `build-${'u'.repeat(20)}-${'7c9e6679742540de944be07fc1f90ae7'}` });
    const { metadata } = jobOf(work, settings, undefined) as {
      metadata: { labels: Record<string, string>; annotations: Record<string, string> };
    };
    for (const value of Object.values(metadata.labels)) expect(value.length).toBeLessThanOrEqual(63);
    expect(metadata.annotations['slipway.dev/user']).toBe(user);
    expect(Object.values(metadata.labels)).not.toContain(user);
  });

  it('have every value as a word of its own, and none in the text of the shell', () => {
    const evil = '"; touch /tmp/x; $(id) `id`\n,push=false';
    const work = workOf({ labels: { 'a.b': evil } });
    const [container] = podOf(work)['containers'] as readonly [{ readonly command: readonly string[] }];
    expect(container.command.slice(0, 3)).toEqual(['sh', '-c', BUILD_SCRIPT]);
    expect(container.command).toContain(`label:a.b=${evil}`);
    expect(BUILD_SCRIPT).not.toContain('alice');
  });

  it('have no network where the server says so', () => {
    const words = buildArguments(workOf(), { ...settings, network: 'none' });
    expect(words[words.indexOf('force-network-mode=none') - 1]).toBe('--opt');
    expect(buildArguments(workOf(), settings)).not.toContain('force-network-mode=none');
  });

  it('keep the layers of one user and kind apart from those of others', () => {
    const caches = (changes: object): readonly string[] =>
      buildArguments(workOf(changes), settings).filter((word) => word.includes('-cache='));
    expect(caches({})).toEqual([
      '--import-cache=type=registry,ref=127.0.0.1:5000/alice/slipway-cache:nodejs,registry.insecure=true',
      '--export-cache=type=registry,ref=127.0.0.1:5000/alice/slipway-cache:nodejs,registry.insecure=true,mode=max,image-manifest=true,ignore-error=true',
    ]);
    expect(caches({ kind: 'python', target: { repository: 'bobby', tag: 'x' } }).join()).toContain(
      'bobby/slipway-cache:python',
    );
    expect(buildArguments(workOf(), { ...settings, cache: 'none' }).join()).not.toContain('cache');
  });
});
