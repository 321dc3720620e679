import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { RemoteBuild } from '../../src/builder-client/index.ts';
import {
  type BuilderRig,
  makeRuntime,
  removeWithBuilt,
  runPushed,
  startBuilder,
} from '../support/builder.ts';
import { docker } from '../support/images.ts';
import { eventsSchema, jsonLines, mistakesIn } from '../support/json-lines.ts';

const PATIENT = { timeout: 60_000, interval: 100 };
const LONG = 'echo begun; sleep 600';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 }); // beside all the other tests

let builder: BuilderRig;
let runtime = '';

beforeAll(async () => {
  runtime = makeRuntime();
  builder = await startBuilder();
});

afterAll(async () => {
  await builder?.[Symbol.asyncDispose](); // images go, even where no server came up
  removeWithBuilt(runtime);
});

/** A requirement file of the test's runtime, for one test alone. */
function requirements(name: string, text: string): string {
  const file = `${name}-${randomUUID().slice(0, 8)}.txt`;
  builder.rig.write(file, `# of ${randomUUID()}\n${text}\n`);
  return file;
}

const words = (tag: string, file: string, ...more: string[]): string[] => [
  ...['image', 'build', runtime, tag, '--kind', 'python', '--requirements', file],
  ...more,
];

const idIn = (text: string): string => /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/.exec(text)?.[0] ?? '';

/** Starts a build that goes on until somebody ends it, and waits until it prints. */
async function startLong(tag: string) {
  const file = requirements('long', `# run: ${LONG}`);
  const { stdout } = await builder.rig.run(words(tag, file, '--detach'), builder.as('alice'));
  const id = stdout.trim();
  await vi.waitFor(async () => expect(await logOf(id)).toContain('begun'), PATIENT);
  return id;
}

async function logOf(id: string): Promise<string> {
  let text = '';
  await builder.client('alice').log(id, {
    onBytes(bytes) {
      text += Buffer.from(bytes).toString();
    },
  });
  return text;
}

const state = async (id: string): Promise<RemoteBuild> => await builder.client('alice').build(id);

describe('slipway image build', () => {
  it('shows the log, pushes the image, and says how it is used', async () => {
    const file = requirements('numbers', '# run: echo installing six\nsix==1.16.0');
    const { exitCode, stdout, stderr } = await builder.rig.run(
      words('alice:numbers', file),
      builder.as('alice'),
    );
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
    expect(stdout).toContain('installing six');
    const image = `${builder.registryHost}/alice:numbers`;
    const pushed = await builder.registry.image('alice', 'numbers');
    expect(stderr).toMatch(/: succeeded, waited [\d.]+s, took [\d.]+s$/m);
    expect(stderr).toContain(`image    ${image}`);
    expect(stderr).toContain(`digest   ${pushed?.digest}`);
    expect(stderr).toContain(`wsk action create NAME FILE --docker ${image}`);
    expect(runPushed(image, 'cat', '/extended')).toContain('six==1.16.0');
    expect(await logOf(idIn(stderr))).toBe(stdout);
  });

  it('answers the same request from the registry, and builds again when it is told to', async () => {
    const file = requirements('same', 'six==1.16.0');
    const first = await builder.rig.run(words('alice:same', file), builder.as('alice'));
    const again = await builder.rig.run(words('alice:same', file), builder.as('alice'));
    expect(again).toMatchObject({ exitCode: 0, stdout: '' });
    expect(again.stderr).toContain(`nothing was built: it is the image of ${idIn(first.stderr)}`);
    expect(await builder.rig.run(['image', 'logs', idIn(again.stderr)], builder.as('alice'))).toMatchObject({
      stdout: '',
      stderr: `Nothing was built: it is the image of ${idIn(first.stderr)}\n`,
    });
    const other = await builder.rig.run(words('alice:other', file), builder.as('alice'));
    expect(other.exitCode).toBe(0);
    expect((await builder.registry.image('alice', 'other'))?.digest).toBe(
      (await builder.registry.image('alice', 'same'))?.digest,
    );
    const forced = await builder.rig.run(words('alice:same', file, '--force'), builder.as('alice'));
    expect(forced).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('extending with') });
  });

  it('installs only what an added requirement adds', async () => {
    const shared = `# of ${randomUUID()}\n`;
    builder.rig.write('ten.txt', `${shared}six==1.16.0\nidna==3.7\n`);
    builder.rig.write('eleven.txt', `${shared}six==1.16.0\nidna==3.7\ncertifi==2024.7.4\n`);
    const ten = await builder.rig.run(words('alice:ten', 'ten.txt'), builder.as('alice'));
    const eleven = await builder.rig.run(words('alice:eleven', 'eleven.txt'), builder.as('alice'));
    expect(eleven).toMatchObject({ exitCode: 0 });
    expect(eleven.stderr).toContain(`only what the image of ${idIn(ten.stderr)} lacked was installed`);
    const image = `${builder.registryHost}/alice:eleven`;
    expect(runPushed(image, 'cat', '/extended')).toContain('certifi==2024.7.4');
  });

  it('ends with 1 where the installation fails, and says why', async () => {
    const file = requirements('broken', '# run: echo no such package; exit 7');
    const { exitCode, stdout, stderr } = await builder.rig.run(
      words('alice:broken', file),
      builder.as('alice'),
    );
    expect(exitCode).toBe(1);
    expect(stdout).toContain('no such package');
    expect(stderr).toMatch(/: failed \(requirement-failed\)/);
    expect(await builder.registry.image('alice', 'broken')).toBeUndefined();
    const status = await builder.rig.run(['image', 'status', idIn(stderr), '--wait'], builder.as('alice'));
    expect(status).toMatchObject({
      exitCode: 1,
      stdout: expect.stringContaining('failed (requirement-failed)'),
    });
  });

  it('extends no image of another user, who may have kept it to themselves', async () => {
    const file = requirements('foreign', 'seven');
    const source = `${builder.registryHost}/bob:private`;
    const { exitCode, stderr } = await builder.rig.run(
      ['image', 'build', source, 'alice:foreign', '--kind', 'python', '--requirements', file],
      builder.as('alice'),
    );
    expect({ exitCode, stderr }).toEqual({
      exitCode: 1,
      stderr: expect.stringContaining('a user extends images below alice, and no others'),
    });
  });

  it('says where the source is not to be had', async () => {
    const file = requirements('lost', 'six');
    const source = `${builder.registryHost}/alice/none/such:1`;
    const { exitCode, stderr } = await builder.rig.run(
      ['image', 'build', source, 'alice:lost', '--kind', 'python', '--requirements', file],
      builder.as('alice'),
    );
    expect({ exitCode, stderr }).toEqual({
      exitCode: 1,
      stderr: expect.stringContaining('failed (source-not-found)'),
    });
  });

  it('is cancelled by Ctrl-C, and waits for its end', async () => {
    const file = requirements('interrupted', `# run: ${LONG}`);
    const running = builder.rig.start(words('alice:interrupted', file), builder.as('alice'));
    await running.waitFor('begun');
    running.process.kill('SIGINT');
    const { exitCode, stderr } = await running.finished;
    expect({ exitCode, stderr }).toEqual({
      exitCode: 1,
      stderr: expect.stringMatching(/Cancelling the build; once more to leave at once[\s\S]*: cancelled/),
    });
    expect(await state(idIn(stderr))).toMatchObject({ state: 'cancelled', reason: 'cancelled' });
  });

  it('goes on when who watches it leaves', async () => {
    const id = await startLong('alice:left');
    const watching = builder.rig.start(['image', 'logs', id], builder.as('alice'));
    await watching.waitFor('begun');
    watching.process.kill('SIGINT');
    expect(await watching.finished).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('interrupted'),
    });
    expect(await state(id)).toMatchObject({ state: 'running' });
    await builder.client('alice').cancel(id);
  });

  it('is refused for the image of another user, with a wrong token, and without one', async () => {
    const file = requirements('foreign', 'six');
    const { exitCode, stderr } = await builder.rig.run(words('bob:mine', file), builder.as('alice'));
    expect({ exitCode, stderr }).toEqual({
      exitCode: 1,
      stderr: expect.stringContaining('start: Invalid target for the build.'),
    });
    const wrong = await builder.rig.run(words('alice:x', file), {
      environment: { ...builder.as('alice').environment, AUTH: `${randomUUID()}:wrong` },
    });
    expect(wrong).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('start: Invalid authorization'),
    });
    const nobody = await builder.rig.run(words('alice:x', file), {
      environment: { ...builder.as('alice').environment, AUTH: '' },
    });
    expect(nobody).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('Missing authorization header'),
    });
  });
});

describe('a build that goes on', () => {
  it('is seen by many, listed, and ended by one', async () => {
    const id = await startLong('alice:watched');
    const watchers = [
      ['image', 'logs', id],
      ['image', 'logs'],
      ['image', 'status', '--wait', id],
    ].map((each) => builder.rig.start(each, builder.as('alice')));
    await Promise.all(watchers.slice(0, 2).map((watcher) => watcher.waitFor('begun')));
    const list = await builder.rig.run(['image', 'builds', '--state', 'running'], builder.as('alice'));
    expect(list.stdout).toMatch(new RegExp(`^${id}  running \\(build\\)  alice:watched  python`, 'm'));
    const others = await builder.rig.run(['image', 'logs', id, '--no-follow'], builder.as('bob'));
    expect(others).toMatchObject({ exitCode: 1, stdout: '', stderr: expect.stringContaining('not found') });
    const cancelled = await builder.rig.run(['image', 'cancel', id], builder.as('alice'));
    expect(cancelled).toMatchObject({ exitCode: 0, stdout: `${id}: cancelled\n` });
    const [one, other, waited] = await Promise.all(watchers.map(({ finished }) => finished));
    expect([one?.exitCode, other?.exitCode, waited?.exitCode]).toEqual([0, 0, 1]);
    expect(one?.stdout).toBe(other?.stdout);
    expect(one?.stderr).toContain(`${id}: cancelled`);
    expect(waited?.stdout).toContain(`${id}: cancelled`);
    const again = await builder.rig.run(['image', 'cancel', id, randomUUID()], builder.as('alice'));
    expect(again).toMatchObject({ exitCode: 1, stdout: `${id}: cancelled\n` });
    expect(again.stderr).toContain('not found');
  });

  it('is begun once more by a server that was killed, then given up; who watches it sees all of it', async () => {
    const id = await startLong('alice:killed');
    const watching = builder.rig.start(['image', 'logs', id], builder.as('alice'));
    await watching.waitFor('begun');
    await builder.killAndStart();
    await vi.waitFor(
      async () => expect(await state(id)).toMatchObject({ state: 'running', attempts: 2 }),
      PATIENT,
    );
    await builder.killAndStart();
    const { exitCode, stdout, stderr } = await watching.finished;
    expect({ exitCode, stderr }).toEqual({
      exitCode: 0,
      stderr: expect.stringContaining(`${id}: failed (server-lost)`),
    });
    expect(stdout).toBe(await logOf(id));
    expect(docker('images', '-q', `slipway.invalid/build:${id}`)).toBe('');
  });
});

describe('a build whose server is stopped', () => {
  it('is taken up by the next one as if nothing had been, and is among the runs', async () => {
    const id = await startLong('alice:stopped');
    await builder.stopAndStart();
    await vi.waitFor(
      async () => expect(await state(id)).toMatchObject({ state: 'running', attempts: 1 }),
      PATIENT,
    );
    const listed = await builder.rig.run(['runs', '--output', 'json', '--application', 'alice']);
    const runs = jsonLines(listed).map(({ runId, kind, pipeline, result }) => ({
      runId,
      kind,
      pipeline,
      result,
    }));
    expect(runs).toContainEqual({ runId: id, kind: 'image', pipeline: 'python', result: 'running' });
    await builder.rig.run(['image', 'cancel', id], builder.as('alice'));
    const page = await builder.rig.run(['runs', id]);
    expect(page).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining(`Run ${id}  image python  interrupted`),
    });
    expect(await logOf(id)).toContain('--- The server stops; the build goes on with the next one\n');
  });
});

describe('slipway image under --output json', () => {
  it('prints what its schema says', async () => {
    const schema = eventsSchema();
    const json = ['--output', 'json'];
    const file = requirements('lines', '# run: echo zażółć\nsix==1.16.0');
    const built = jsonLines(
      await builder.rig.run([...words('alice:lines', file), ...json], builder.as('alice')),
    );
    const id = String(built[0]?.['buildId']);
    const text = built.flatMap(({ type, ...fields }) => (type === 'image-build-log' ? [fields['text']] : []));
    expect(text.join('')).toContain('zażółć');
    expect(built[0]).toMatchObject({ type: 'image-build', state: expect.stringMatching(/queued|running/) });
    expect(built.at(-1)).toMatchObject({
      type: 'image-build',
      state: 'succeeded',
      image: { reference: `${builder.registryHost}/alice:lines` },
    });
    const again = await builder.rig.run([...words('alice:lines', file), ...json], builder.as('alice'));
    expect(jsonLines(again)).toMatchObject([{ state: 'succeeded', reusedFrom: id }]);
    const others = await Promise.all(
      [
        ['image', 'status', id],
        ['image', 'builds', '--limit', '2'],
        ['image', 'logs', id],
        ['image', 'report', id],
        ['image', 'cancel', id],
        ['image', 'clean', '--max-age-hours', '1'],
      ].map(async (each) => jsonLines(await builder.rig.run([...each, ...json], builder.as('alice')))),
    );
    expect(mistakesIn(schema, [...built, ...others.flat()])).toEqual([]);
    expect(others.map((lines) => lines[0]?.type)).toEqual([
      ...['image-build', 'image-build', 'image-build-log', 'image-report', 'image-build'],
      'image-builds-cleaned',
    ]);
  });
});

describe('slipway image build where something is not there', () => {
  it.each([
    ['the registry', { registryHost: '127.0.0.1:1' }, 'failed (registry-unreachable)'],
    ['the engine', { environment: { DOCKER_HOST: 'unix:///nowhere.sock' } }, 'failed (backend-failed)'],
  ])('says so of %s', async (_what, options, wanted) => {
    await using without = await startBuilder(options);
    without.rig.write('wanted.txt', 'six==1.16.0\n');
    const { exitCode, stderr } = await without.rig.run(words('alice:x', 'wanted.txt'), without.as('alice'));
    expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: expect.stringContaining(wanted) });
    expect(stderr).toMatch(/connection refused|no container engine at unix:\/\/\/nowhere.sock/);
  });
});

describe('fifty requests at once', () => {
  it('are all taken, and all end', async () => {
    const file = `# of ${randomUUID()}\nsix==1.16.0\n`;
    const users = ['alice', 'bob', 'carol', 'dave', 'erin'] as const;
    const started = await Promise.all(
      Array.from({ length: 50 }, async (_, n) => {
        const user = users[n % users.length] ?? 'alice';
        const target = `${user}:crowd-${n}`;
        const { id } = await builder.client(user).start({ source: runtime, target, kind: 'python', file });
        return { user, id, tag: `crowd-${n}` };
      }),
    );
    const ended = await Promise.all(
      started.map(({ user, id }) => builder.client(user).follow(id, { onBytes: () => {} })),
    );
    expect(ended.map(({ state, message }) => `${state} ${message ?? ''}`)).toEqual(
      Array.from({ length: 50 }, () => 'succeeded '),
    );
    const images = await Promise.all(started.map(({ user, tag }) => builder.registry.image(user, tag)));
    expect(images.filter((image) => image === undefined)).toEqual([]);
  });
});

describe('slipway image clean', () => {
  it('forgets what has ended, and leaves the images', async () => {
    const file = requirements('old', 'six==1.16.0');
    const { stderr } = await builder.rig.run(words('carol:old', file), builder.as('carol'));
    const cleaned = await builder.rig.run(['image', 'clean', '--max-age-hours', '0'], builder.as('carol'));
    expect(cleaned).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^\d+ builds? forgotten/) });
    const status = await builder.rig.run(['image', 'status', idIn(stderr)], builder.as('carol'));
    expect(status).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('not found') });
    expect(await builder.registry.image('carol', 'old')).toBeDefined();
  });
});
