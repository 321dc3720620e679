import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { type ServedQueue, serveQueue } from '../../src/queue/testing/serve-queue.ts';
import { newTaskId } from '../../src/queue-api/index.ts';
import { openQueueClient } from '../../src/queue-client/index.ts';

const FLEET = resolve(import.meta.dirname, '../../deploy/kubernetes/fleet');

interface Container {
  readonly name: string;
  readonly command?: readonly string[];
  readonly securityContext: Readonly<Record<string, unknown>>;
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
  readonly livenessProbe: { readonly httpGet: { readonly path: string } };
  readonly readinessProbe: { readonly httpGet: { readonly path: string } };
  readonly lifecycle: { readonly preStop: { readonly exec: { readonly command: readonly string[] } } };
}

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: Readonly<Record<string, unknown>>;
}

interface PodSpec {
  readonly serviceAccountName: string;
  readonly automountServiceAccountToken: boolean;
  readonly terminationGracePeriodSeconds: number;
  readonly securityContext: Readonly<Record<string, unknown>>;
  readonly containers: readonly [Container];
}

function documentsOf(name: string): Manifest[] {
  return parseAllDocuments(readFileSync(join(FLEET, name), 'utf8')).map((document) => document.toJS());
}

function podOf(name: string): PodSpec {
  const deployment = documentsOf(name).find(({ kind }) => kind === 'Deployment');
  const { template } = (deployment?.spec ?? {}) as { template: { spec: PodSpec } };
  return template.spec;
}

describe.each(['server.yaml', 'worker.yaml'])('the pods of %s', (name) => {
  const pod = podOf(name);
  const [container] = pod.containers;

  it('may do no more than they need, and have no token of the cluster', () => {
    expect(pod.automountServiceAccountToken).toBe(false);
    const accounts = documentsOf(name).filter(({ kind }) => kind === 'ServiceAccount');
    expect(accounts.map(({ metadata }) => metadata.name)).toEqual([pod.serviceAccountName]);
    expect({ ...pod.securityContext, ...container.securityContext }).toMatchObject({
      runAsNonRoot: true,
      runAsUser: 10001,
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
      seccompProfile: { type: 'RuntimeDefault' },
    });
  });

  it('are given secrets by reference alone', () => {
    const secrets = (container.env ?? []).filter(({ name: variable }) =>
      /TOKEN|KEY|PASSWORD|DATABASE_URL/.test(variable),
    );
    expect(secrets).not.toEqual([]);
    expect(secrets.filter(({ value }) => value !== undefined)).toEqual([]);
  });

  it('are started again only when nothing answers, and left alone while something else is away', () => {
    expect(container.livenessProbe.httpGet.path).toBe('/livez');
    expect(['/readyz', '/healthz']).toContain(container.readinessProbe.httpGet.path);
  });

  it('are kept by a disruption budget, and have a policy of their own', () => {
    const labels = { 'app.kubernetes.io/name': container.name };
    const budget = documentsOf(name).find(({ kind }) => kind === 'PodDisruptionBudget');
    expect(budget?.spec).toMatchObject({ selector: { matchLabels: labels } });
    const policies = documentsOf('network-policy.yaml').map(({ spec }) => spec['podSelector']);
    expect(policies).toContainEqual({ matchLabels: labels });
  });
});

describe('a worker that is to go', () => {
  it('has the time to end what runs, and two minutes to give back what does not', () => {
    const pod = podOf('worker.yaml');
    const { command } = pod.containers[0].lifecycle.preStop.exec;
    expect(command.slice(0, 2)).toEqual(['sh', '-c']);
    const seconds = /^kill -HUP 1 && sleep (\d+)$/.exec(command[2] ?? '')?.[1];
    expect(pod.terminationGracePeriodSeconds - Number(seconds)).toBe(120);
  });
});

describe('the kustomization', () => {
  it('names all files that are for every cluster', () => {
    const { resources } = parse(readFileSync(join(FLEET, 'kustomization.yaml'), 'utf8'));
    expect(resources).toEqual(['server.yaml', 'worker.yaml', 'network-policy.yaml']);
  });
});

describe('the autoscaling of workers', () => {
  const CLIENT = {
    clientId: 'autoscaling',
    accessToken: 'the-token-of-autoscaling-alone',
    scopes: ['queue:pending-count:kubernetes/linux', 'queue:claimed-count:kubernetes/linux'],
  };
  const ROOT = { clientId: 'root', accessToken: 'a-token-for-tests-only', scopes: ['*'] };
  let served: ServedQueue;
  beforeAll(async () => {
    served = await serveQueue({ clients: [CLIENT, ROOT] });
  });
  afterAll(() => served[Symbol.asyncDispose]());

  interface Trigger {
    readonly name: string;
    readonly metadata: Readonly<Record<string, string>>;
  }
  const scaled = documentsOf('autoscaling/keda.yaml').find(({ kind }) => kind === 'ScaledObject');
  const triggers = (scaled?.spec['triggers'] ?? []) as readonly Trigger[];

  /** Asks as KEDA does: the address of the manifest, at the test's server, with what the script has signed. */
  async function answerTo({ metadata }: Trigger): Promise<unknown> {
    const { hostname, port } = new URL(served.url);
    const path = new URL(metadata['url'] ?? '').pathname;
    const words = [hostname, port, path, CLIENT.clientId, '365'];
    const bewit = execFileSync(join(FLEET, 'autoscaling/sign-bewit'), words, {
      input: `${CLIENT.accessToken}\n`,
      encoding: 'utf8',
    });
    const url = new URL(path, served.url);
    url.searchParams.set(metadata['keyParamName'] ?? '', bewit);
    const answer = await fetch(url);
    expect(answer.status).toBe(200);
    const body = new Map(Object.entries((await answer.json()) as object));
    return body.get(metadata['valueLocation'] ?? '');
  }

  it('asks the servers for what waits and what runs', async () => {
    await using queue = openQueueClient({ rootUrl: served.url, credentials: () => ROOT });
    const definition = {
      taskQueueId: 'kubernetes/linux',
      created: new Date().toISOString(),
      deadline: new Date(Date.now() + 3_600_000).toISOString(),
      payload: {},
      metadata: { name: 'one', description: '', owner: 'test@example.com', source: 'https://example.com' },
    };
    for (let i = 0; i < 3; i += 1) await queue.createTask(newTaskId(), definition);
    await served.queue.claimWork(
      'kubernetes/linux',
      { workerGroup: 'g', workerId: 'w' },
      {
        tasks: 1,
        signal: AbortSignal.timeout(20_000),
      },
    );
    const found = await Promise.all(triggers.map(async (each) => [each.name, await answerTo(each)]));
    expect(found).toEqual([
      ['pending', 2],
      ['claimed', 1],
    ]);
    expect(scaled?.spec['advanced']).toMatchObject({ scalingModifiers: { formula: 'pending + claimed' } });
  });

  it('counts on as many tasks for a worker as it takes at once', () => {
    const capacity = podOf('worker.yaml').containers[0].command?.find((word) =>
      word.startsWith('--capacity='),
    );
    const wanted = capacity?.slice('--capacity='.length);
    expect(triggers.map(({ metadata }) => metadata['targetValue'])).toEqual([wanted, wanted]);
    const [autoscaler] = documentsOf('autoscaling/hpa.yaml');
    expect(autoscaler?.spec).toMatchObject({ metrics: [{ external: { target: { averageValue: wanted } } }] });
  });

  it('has a rule for the metric that the autoscaler asks for', () => {
    const { rules } = parse(readFileSync(join(FLEET, 'autoscaling/prometheus-adapter.yaml'), 'utf8'));
    const [autoscaler] = documentsOf('autoscaling/hpa.yaml');
    const name = rules.external[0].name.as;
    expect(autoscaler?.spec).toMatchObject({ metrics: [{ external: { metric: { name } } }] });
    expect(rules.external[0].metricsQuery).toContain('slipway_queue_pending_runs{queue="kubernetes/linux"}');
  });
});
