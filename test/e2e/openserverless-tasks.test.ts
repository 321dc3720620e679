import { cpSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  type BuilderRig,
  makeRuntime,
  removeWithBuilt,
  runPushed,
  startBuilder,
} from '../support/builder.ts';
import { type RanTask, runTask } from '../support/taskfile.ts';

const ROOT = resolve(import.meta.dirname, '../..');

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 }); // beside all the other tests

let builder: BuilderRig;
let runtime = '';
let file = '';

beforeAll(async () => {
  runtime = makeRuntime();
  builder = await startBuilder();
  file = join(builder.rig.folder, 'tasks/Taskfile.yml');
  cpSync(join(ROOT, 'deploy/openserverless'), dirname(file), { recursive: true });
  const { ADMIN_API_URL, AUTH } = builder.as('alice').environment;
  builder.rig.write(
    'tasks/.env',
    `ADMIN_API_URL=${ADMIN_API_URL}\nREGISTRY_HOST=http://${builder.registryHost}\nREGISTRY_USER=\nREGISTRY_PASS=\n`,
  );
  builder.rig.write('.wskprops', `AUTH=${AUTH}\nAPIHOST=http://127.0.0.1\n`);
});

afterAll(async () => {
  await builder?.[Symbol.asyncDispose](); // images go, even where no server came up
  removeWithBuilt(runtime);
});

const run = (task: string, variables: Readonly<Record<string, string>> = {}): Promise<RanTask> =>
  runTask({
    file,
    task,
    variables,
    environment: { PATH: `${join(ROOT, 'bin')}:${process.env['PATH']}`, HOME: builder.rig.folder },
  });

const base64 = (text: string): string => Buffer.from(text).toString('base64');

describe('the tasks of the OpenServerless deployer', () => {
  it('send, list, show, and delete an image', async () => {
    const sent = await run('builder:send', {
      SOURCE: runtime,
      TARGET: 'alice:sent',
      KIND: 'python',
      REQUIREMENTS: base64('# run: echo installing\nsix==1.16.0\n'),
    });
    expect(sent).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('installing') });
    expect(runPushed(`${builder.registryHost}/alice:sent`, 'cat', '/extended')).toContain('six==1.16.0');
    expect(await run('builder:logs')).toMatchObject({ exitCode: 0, stdout: sent.stdout });
    expect((await run('builder:list-catalogs')).stdout).toMatch(/^alice$/m);
    const image = await builder.registry.image('alice', 'sent');
    const list = await run('builder:list-images', { CATALOG: 'alice' });
    expect(list.stdout).toContain(`alice:sent  ${image?.digest}`);
    const { stdout } = await run('builder:get-image', { IMAGE: 'alice:sent' });
    expect(JSON.parse(stdout)).toMatchObject({ layers: image?.layers });
    expect(await run('builder:delete-image', { IMAGE: 'alice:sent' })).toMatchObject({ exitCode: 0 });
    expect(await builder.registry.image('alice', 'sent')).toBeUndefined();
    expect(await run('builder:clean', { MAX_AGE_HOURS: '0' })).toMatchObject({
      exitCode: 0,
      stdout: '1 build forgotten; images stay in the registry.\n',
    });
    expect((await run('builder:clean')).stdout).toMatch(/^0 builds forgotten/);
  });

  it('send the source by another name where nothing is required', async () => {
    const sent = await run('builder:send', { SOURCE: runtime, TARGET: 'alice:bare', KIND: 'python' });
    expect(sent).toMatchObject({ exitCode: 0 });
    expect(runPushed(`${builder.registryHost}/alice:bare`, 'ls', '/bin/extend')).toBe('/bin/extend\n');
  });

  it.each<[string, Record<string, string>, string]>([
    ['builder:send', {}, 'SOURCE IS NOT SET'],
    ['builder:send', { SOURCE: 'a' }, 'TARGET IS NOT SET'],
    ['builder:send', { SOURCE: 'a', TARGET: 'alice:b' }, 'KIND IS NOT SET'],
    ['builder:list-images', {}, 'CATALOG IS NOT SET'],
    ['builder:get-image', {}, 'IMAGE IS NOT SET'],
    ['builder:delete-image', {}, 'IMAGE IS NOT SET'],
  ])('%s with %j says %s', async (task, variables, wanted) => {
    const { exitCode, stderr } = await run(task, variables);
    expect(stderr).toContain(wanted);
    expect(exitCode).not.toBe(0);
  });

  it.each([
    ['$(touch pwned)', 'alice:x'],
    ['`touch pwned`', 'alice:x'],
    ['"; touch pwned; "', 'alice:x'],
    ["'; touch pwned; '", 'alice:x'],
    ['--force', 'alice:x'],
    ['a', 'alice:"; touch pwned; "'],
    ['a', 'alice:x","kind":"go'],
    ['a\nRUN touch pwned', 'alice:x'],
  ])('give %j and %j to nobody who would act on it', async (source, target) => {
    const ran = await run('builder:send', { SOURCE: source, TARGET: target, KIND: 'python' });
    expect(ran).toMatchObject({ exitCode: 2, stdout: '' });
    expect(ran.stderr).toMatch(/is no name of an image|expected a tag/);
    expect(builder.rig.exists('tasks/pwned')).toBe(false);
  });
});
