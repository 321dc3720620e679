import { join } from 'node:path';
import { Ajv } from 'ajv';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { kubeconfigOf, NAMESPACE, passes } from '../../src/builder/kubernetes/testing/rig.ts';
import { openStandIn, type StandIn } from '../../src/builder/kubernetes/testing/stand-in.ts';
import { eventsSchema } from '../../src/cli/events-schema/events-schema.ts';
import { createRig, type Rig } from '../support/rig.ts';

const isLine = new Ajv({ allowUnionTypes: true, validateFormats: false }).compile(eventsSchema());
const OURS = { 'app.kubernetes.io/managed-by': 'slipway', 'app.kubernetes.io/name': 'image-build' };
const CONF = 'nuvolaris-buildkitd-conf';

let standIn: StandIn;
let rig: Rig;
beforeAll(async () => {
  rig = createRig();
  standIn = await openStandIn({
    // `hang` goes on until somebody ends it.
    executor: async (container) => {
      if (container.image === 'fails') return { exitCode: 1 };
      if (container.image !== 'hangs') return await passes(container);
      return await new Promise((resolve) => {
        container.signal.addEventListener('abort', () => resolve({ exitCode: 143 }));
      });
    },
  });
  rig.write('kubeconfig', kubeconfigOf(standIn.url));
});
afterAll(async () => {
  await standIn[Symbol.asyncDispose]();
  await rig[Symbol.asyncDispose]();
});

function addJob(name: string, image: string, labels: Readonly<Record<string, string>> = OURS): void {
  standIn.create('jobs', NAMESPACE, {
    metadata: { name, labels, annotations: { 'slipway.dev/user': 'alice', 'slipway.dev/target': 'alice:t' } },
    spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'buildkit', image }] } } },
  });
}

const run = async (...words: string[]) =>
  await rig.run(['image', ...words], { environment: { KUBECONFIG: join(rig.folder, 'kubeconfig') } });

async function json(...words: string[]): Promise<readonly Record<string, unknown>[]> {
  const { stdout } = await run(...words, '--output', 'json');
  const lines = stdout
    .split('\n')
    .filter(Boolean)
    .map((line): Record<string, unknown> => JSON.parse(line));
  for (const line of lines) expect(isLine(line), JSON.stringify(isLine.errors)).toBe(true);
  return lines;
}

const jobs = (): readonly string[] => standIn.list('jobs').map(({ metadata }) => metadata.name);

it('clean-jobs removes what has ended and names it, and leaves what goes on and what is not ours', async () => {
  addJob('build-alice-1', 'passes');
  addJob('build-alice-2', 'fails');
  addJob('build-alice-3', 'hangs');
  addJob('build-of-somebody-else', 'passes', {});
  const ended = () =>
    standIn.list('jobs').filter(({ status }) => JSON.stringify(status).includes('conditions'));
  await expect.poll(() => ended().length).toBe(3);
  const { stdout, exitCode } = await run('clean-jobs');
  expect(exitCode).toBe(0);
  expect(stdout).toBe(
    'Removed build-alice-1 (alice:t, succeeded)\nRemoved build-alice-2 (alice:t, failed)\n' +
      '2 Jobs removed in nuvolaris; 1 that go on were left alone\n',
  );
  expect(jobs()).toEqual(['build-alice-3', 'build-of-somebody-else']);
  const pods = () => standIn.list('pods').map(({ metadata }) => metadata.name.slice(0, -6));
  await expect.poll(pods).toEqual(['build-alice-3', 'build-of-somebody-else']);
});

it('clean-jobs --all ends what goes on too', async () => {
  const removed = { jobName: 'build-alice-3', state: 'running', user: 'alice', target: 'alice:t' };
  expect(await json('clean-jobs', '--all')).toMatchObject([
    { type: 'build-job-removed', namespace: NAMESPACE, ...removed },
    { type: 'build-jobs-cleaned', removed: 1, goingOn: 0 },
  ]);
  expect(jobs()).toEqual(['build-of-somebody-else']);
  expect((await run('clean-jobs')).stdout).toBe('Nothing removed in nuvolaris\n');
});

it('update-buildkitd makes the configuration, replaces it by a file, and says where nothing changed', async () => {
  const toml = () => standIn.list('configmaps').find(({ metadata }) => metadata.name === CONF)?.['data'];
  expect(await json('update-buildkitd')).toMatchObject([
    { type: 'buildkitd-updated', name: CONF, result: 'created' },
  ]);
  expect(toml()).toEqual({ 'buildkitd.toml': expect.stringContaining('noProcessSandbox = true') });
  rig.write('own.toml', 'debug = true\n');
  const { stdout } = await run('update-buildkitd', 'own.toml');
  expect(stdout).toBe(
    `The ConfigMap ${CONF} in nuvolaris was replaced: builds that begin from now on have it\n`,
  );
  expect(toml()).toEqual({ 'buildkitd.toml': 'debug = true\n' });
  expect(await json('update-buildkitd', 'own.toml')).toMatchObject([{ result: 'same' }]);
});

it.each([
  [['clean-jobs', '--namespace', 'a/b'], 2, '--namespace: "a/b" is not the name of a namespace'],
  [['clean-jobs', '--context', 'absent'], 1, 'has no context "absent"'],
  [['clean-jobs', '--kubeconfig', 'absent'], 1, 'the kubeconfig cannot be read'],
  [['update-buildkitd', 'absent.toml'], 1, 'no such file'],
  [['update-buildkitd', '/bin/true'], 1, 'is no buildkitd.toml'],
])('%j says what is wrong', async (words, code, text) => {
  const { stderr, exitCode } = await run(...words);
  expect(stderr).toContain(text);
  expect(exitCode).toBe(code);
});
