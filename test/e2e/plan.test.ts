import { describe, expect, it } from 'vitest';
import { pipelineFile, script } from '../support/pipeline.ts';
import { createRig } from '../support/rig.ts';

const FILE = pipelineFile({
  box: { id: '$IMAGE', user: 'me', env: { WHO: 'the $TOKEN' }, ports: [80] },
  services: [{ id: 'redis:7', name: 'cache', ready: 6379 }],
  steps: [
    script({ name: 'make it', cwd: 'sub', code: 'make all' }),
    { 'greet "file://steps/greet"': { 'api-key': '$TOKEN' } },
    { 'internal/docker-push': { repository: 'localhost:5000/x', password: 'hunter2-literal' } },
  ],
  afterSteps: ['echo after'],
  more: { staging: [script({ code: 'ship' })] },
  top: {
    'command-timeout': 10,
    deploy: { steps: [script({ code: 'ship it' })] },
    broken: { steps: 42 },
  },
});

const ENVIRONMENT = { X_IMAGE: 'team/app:1', XXX_TOKEN: 'correct-horse', DOCKER_HOST: 'tcp://127.0.0.1:9' };

function createProject() {
  const rig = createRig(FILE);
  rig.write(
    'steps/greet/step.yml',
    'name: greet\nversion: 1.2.3\nproperties:\n  - name: api-key\n    type: password\n',
  );
  rig.write('steps/greet/run.sh', 'echo hi');
  return rig;
}

interface PlanLine {
  readonly type: string;
  readonly steps: readonly Record<string, unknown>[];
  readonly environment: readonly { readonly name: string; readonly value: string }[];
  readonly [field: string]: unknown;
}

describe.concurrent('slipway plan', () => {
  it('says what would run, needs no engine, leaves no run behind and shows no secret', async () => {
    await using rig = createProject();
    const { exitCode, stdout, stderr } = await rig.run(['plan'], { environment: ENVIRONMENT });
    for (const text of [
      'Pipeline build (build, wercker.yml)',
      'team/app:1',
      'WHO=the ***',
      'cache (redis:7)',
      'TCP 6379',
      '10m 00s a step',
      'staging',
      'TOKEN=***',
      ' 1. make it',
      'cwd:         sub',
      'make all',
      ' 2. greet  wercker/greet@1.2.3, folder steps/greet',
      'WERCKER_GREET_API_KEY=***',
      ' 3. docker push  internal/docker-push, built in',
      'password=***',
      'echo after',
    ]) {
      expect(stdout, stderr).toContain(text);
    }
    expect(stdout + stderr).not.toMatch(/correct-horse|hunter2/);
    expect(exitCode).toBe(0);
    expect(rig.exists('.wercker/builds')).toBe(false);
  });

  it('is one JSON line per pipeline, in the order of the words', async () => {
    await using rig = createProject();
    const words = ['plan', 'deploy', 'build', '--deploy-target', 'staging', '--output', 'json'];
    const { exitCode, stdout } = await rig.run(words, { environment: ENVIRONMENT });
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as PlanLine)
      .filter(({ type }) => type === 'plan');
    expect(lines).toMatchObject([
      { pipeline: 'deploy', kind: 'deploy', steps: [{ origin: 'script', code: 'ship it' }] },
      { pipeline: 'build', kind: 'build', target: 'staging', steps: [{ code: 'ship' }] },
    ]);
    const [deploy, build] = lines.map(({ environment }) => environment.map(({ name }) => name));
    expect(deploy).toContain('DEPLOY');
    expect(build).toContain('BUILD');
    expect(stdout).not.toContain('correct-horse');
    expect(exitCode).toBe(0);
  });

  it('has exit code 1 where one of the pipelines could not run, and plans the others', async () => {
    await using rig = createProject();
    const { exitCode, stdout, stderr } = await rig.run(['plan', 'broken', 'nope', 'deploy'], {
      environment: ENVIRONMENT,
    });
    expect(stderr).toMatch(/wercker\.yml:\d+:\d+: error: "steps" must be a list of steps/);
    expect(stderr).toContain('No pipeline named nope');
    expect(stdout).toContain('Pipeline deploy');
    expect(exitCode).toBe(1);
  });

  it('names the image of a checkpoint, and what stands for the image of the last build', async () => {
    await using rig = createRig(
      JSON.stringify({ box: 'x', build: {}, deploy: { box: '$WERCKER_LAST_BUILD_BOX' } }),
    );
    const checkpoint = await rig.run(['plan', '--checkpoint', 'c1']);
    expect(checkpoint.stdout).toContain('box:         x:w-c1\n');
    const deploy = await rig.run(['plan', 'deploy']);
    expect(deploy.stdout, deploy.stderr).toContain('box:         $WERCKER_LAST_BUILD_BOX\n');
  });

  it.each([
    ['a step that is not there', { steps: [{ 'x "file://gone"': {} }] }, 'gone'],
    [
      'a property that is missing',
      { steps: [{ 'internal/docker-push': {} }] },
      'needs the property "repository"',
    ],
  ])('tells of %s', async (_, build, reason) => {
    await using rig = createRig(JSON.stringify({ box: 'x', build }));
    const { exitCode, stderr, stdout } = await rig.run(['plan']);
    expect(stderr).toContain(reason);
    expect(stdout).toBe('');
    expect(exitCode).toBe(1);
  });
});
