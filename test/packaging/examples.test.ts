import { cpSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { startFleet } from '../support/fleet.ts';
import { createImages, docker } from '../support/images.ts';
import { openRegistry } from '../support/registry.ts';
import { createRig, type Finished, type Rig } from '../support/rig.ts';

const EXAMPLES = join(import.meta.dirname, '../../examples');

/** A temporary copy of an example, to run the real program in. */
function copyExample(name: string): Rig {
  const rig = createRig();
  cpSync(join(EXAMPLES, name), rig.folder, {
    recursive: true,
    filter: (path) => !path.endsWith('/.wercker'),
  });
  return rig;
}

/** What the program printed on either stream. */
function output({ stdout, stderr }: Finished): string {
  return stdout + stderr;
}

/** Copies of examples beside each other, as they are in a checkout, with a server and a worker. */
async function fleetWith(...names: readonly string[]) {
  const fleet = await startFleet();
  await fleet.startWorker();
  for (const name of names) cpSync(join(EXAMPLES, name), join(fleet.rig.folder, name), { recursive: true });
  const run = (folder: string, words: readonly string[]): Promise<Finished> =>
    fleet.rig.run(words, {
      folder,
      environment: { TASKCLUSTER_ROOT_URL: fleet.rootUrl },
    });
  return { run, rig: fleet.rig, [Symbol.asyncDispose]: () => fleet[Symbol.asyncDispose]() };
}

/** The id that was printed first. */
const taskOf = ({ stdout }: Finished): string => stdout.split('\n', 1)[0] ?? '';

describe.concurrent('the examples do what their README says', { timeout: 240_000 }, () => {
  test('greeting-card', async () => {
    await using example = copyExample('greeting-card');
    const first = await example.run(['build', '--artifacts']);
    expect(first, output(first)).toMatchObject({ exitCode: 0 });
    expect(output(first)).toContain('template compiled');
    expect(output(first)).toContain("The card's build passed.");
    const card = example.read('.wercker/latest/output/card.html');
    expect(card).toContain('<li>green builds &amp; no &lt;surprises&gt;</li>');
    expect(output(await example.run(['build']))).toContain('template from the cache');
  });

  test('visit-counter', async () => {
    await using example = copyExample('visit-counter');
    const both = await example.run(['build']);
    expect(both, output(both)).toMatchObject({ exitCode: 0 });
    expect(output(both)).toMatch(/tests 3[\s\S]*tests 5/);
    const alone = await example.run(['build', '--pipeline', 'protocol']);
    expect(alone, output(alone)).toMatchObject({ exitCode: 0 });
    expect(output(alone)).not.toContain('tests 5');
  });

  test('own-steps', async () => {
    await using example = copyExample('own-steps');
    const build = await example.run(['build', '--artifacts']);
    expect(build, output(build)).toMatchObject({ exitCode: 0 });
    const artifact = '.wercker/latest/output';
    expect(example.read(`${artifact}/Bob.txt`)).toBe('Ahoy, Bob! Welcome aboard.\n');
    expect(example.read(`${artifact}/Carol.txt`)).toBe('GOOD MORNING, CAROL! WELCOME ABOARD.\n');
    expect(example.read(`${artifact}/SHA256SUMS`)).toMatch(/^([0-9a-f]{64} {2}\.\/\w+\.txt\n){3}$/);
  });

  test('cached-build', async () => {
    await using example = copyExample('cached-build');
    const first = await example.run(['build', '--cache']);
    expect(first, output(first)).toMatchObject({ exitCode: 0 });
    expect(output(first)).toContain('Not cached');
    const second = await example.run(['build', '--cache']);
    expect(output(second)).toContain('Cached: nothing runs');
    expect(second.stdout).toBe(first.stdout);
    expect(example.read('.wercker/latest/output/index.txt')).toContain('harbour morning.txt\n');
    const other = await example.run(['build', '--cache'], { environment: { X_SECONDS_TO_WASTE: '0' } });
    expect(output(other)).toContain('the variable SECONDS_TO_WASTE (new) changed');
    expect(output(await example.run(['cache', 'why']))).toContain('- variable SECONDS_TO_WASTE');
  });

  test('tasks', async () => {
    const images = createImages();
    await using fleet = await fleetWith('tasks');
    try {
      for (const [tag, folder] of [
        ['example-stars', 'pass'],
        ['example-dome', 'fail'],
      ] as const) {
        docker('build', '-q', '-t', tag, join(fleet.rig.folder, 'tasks', folder));
        images.adopt(tag);
      }
      const passed = await fleet.run('tasks', ['task', 'create', 'pass/task.yml', '--follow']);
      expect(passed, output(passed)).toMatchObject({ exitCode: 0 });
      const fetched = await fleet.run('tasks', ['task', 'artifacts', taskOf(passed), '--all', '--to', 'out']);
      expect(fetched, output(fetched)).toMatchObject({ exitCode: 0 });
      expect(JSON.parse(fleet.rig.read('tasks/out/public/stars.json'))).toMatchObject({ stars: 10 });
      expect(fleet.rig.read('tasks/out/public/pictures/sky.txt')).toContain('*');
      const failed = await fleet.run('tasks', ['task', 'create', 'fail/task.yml', '--follow']);
      expect(failed.exitCode).toBe(1);
      expect(output(failed)).toMatch(/the dome does not open[\s\S]*Unsuccessful task run with exit code: 4/);
    } finally {
      images.remove();
    }
  });

  test('fleet', async () => {
    await using fleet = await fleetWith('greeting-card');
    const first = await fleet.run('greeting-card', ['submit', 'build']);
    expect(first, output(first)).toMatchObject({ exitCode: 0 });
    expect(output(first)).toContain('template compiled');
    expect(fleet.rig.read('greeting-card/.wercker/latest/output/card.html')).toContain('green builds');
    const second = await fleet.run('greeting-card', ['submit', 'build']);
    expect(second, output(second)).toMatchObject({ exitCode: 0 });
    expect(second.stderr).toContain('the fleet has all of it');
    expect(second.stdout).toContain('template from the cache');
    const left = await fleet.run('greeting-card', ['submit', 'build', '--no-follow']);
    const [, task = ''] = /^Task (\S+) in/m.exec(left.stderr) ?? [];
    expect(await fleet.run('greeting-card', ['task', 'status', task, '--wait'])).toMatchObject({
      exitCode: 0,
    });
    expect((await fleet.run('greeting-card', ['task', 'list'])).stdout).toContain(task);
    expect((await fleet.run('greeting-card', ['task', 'log', task])).stdout).toContain('from the cache');
    const fetch = ['task', 'artifacts', task, 'public/output.tar', '--to', 'out'];
    expect(await fleet.run('greeting-card', fetch)).toMatchObject({ exitCode: 0 });
    expect(existsSync(join(fleet.rig.folder, 'greeting-card/out/public/output.tar'))).toBe(true);
  });

  test('workflow', async () => {
    await using example = copyExample('workflow');
    const release = await example.run(['workflow', 'release']);
    expect(release, output(release)).toMatchObject({ exitCode: 0 });
    expect(output(release)).toMatch(/page of \d+ bytes, checked by the workflow/);
  });

  test('push-image', async () => {
    await using registry = await openRegistry();
    await using example = copyExample('push-image');
    const images = createImages();
    try {
      for (const tag of ['1.2.0', 'latest']) images.adopt(`${registry.host}/lighthouses:${tag}`);
      images.adopt(`${registry.host}/lighthouses-page:latest`);
      const environment = { X_REGISTRY: registry.host };
      const build = await example.run(['build'], { environment });
      expect(build, output(build)).toMatchObject({ exitCode: 0 });
      expect(output(build)).toMatch(/tests 3[\s\S]*Bell Rock: Fl 5s/);
      const image = await registry.image('lighthouses', '1.2.0');
      expect(image?.config).toMatchObject({ User: '1000', ExposedPorts: { '8080/tcp': {} } });
      expect(output(build)).toContain(`Pushed ${registry.host}/lighthouses:latest (${image?.digest})`);
      const page = ['build', '--pipeline', 'page'];
      for (const run of [page, page]) {
        expect(await example.run(run, { environment })).toMatchObject({ exitCode: 0 });
      }
      expect((await registry.image('lighthouses-page', 'latest'))?.layers).toHaveLength(1);
    } finally {
      images.remove();
    }
  });

  test('build-and-deploy', async () => {
    await using example = copyExample('build-and-deploy');
    const build = await example.run(['build', '--artifacts']);
    expect(build, output(build)).toMatchObject({ exitCode: 0 });
    const deploy = ['deploy', '.wercker/latest/output', '--artifacts'];
    const staging = await example.run([...deploy, '--deploy-target', 'staging']);
    expect(staging, output(staging)).toMatchObject({ exitCode: 0 });
    expect(output(staging)).toContain('The deploy to staging passed.');
    expect(example.read('.wercker/latest_deploy/output/index.html')).toContain('<strong>Staging</strong>');

    const nowhere = await example.run(deploy);
    expect(nowhere.exitCode).toBe(1);
    expect(output(nowhere)).toContain('say where to deploy to');
    expect(output(nowhere)).toContain('The deploy to nowhere failed.');
  });

  test('dev', async () => {
    await using example = copyExample('dev');
    const run = example.start(['dev']);
    await run.waitFor('listening; Hello, you!');
    example.write('src/greeting.js', example.read('src/greeting.js').replace('Hello', 'Ahoy'));
    await run.waitFor('listening; Ahoy, you!');
    run.process.kill('SIGINT');
    const dev = await run.finished;
    expect(dev, output(dev)).toMatchObject({ exitCode: 0 });
    expect(output(dev)).toContain('The server has ended.');
    const build = await example.run(['build']);
    expect(build, output(build)).toMatchObject({ exitCode: 0 });
  });
});
