import { execFileSync } from 'node:child_process';
import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createFakeEngine, type FakeEngine } from '../../src/engine/fake/index.ts';
import type { CacheKey } from '../../src/pipeline/index.ts';
import { explainCacheKey, type KeyExplanation, type RunRequest } from '../../src/runner/index.ts';
import { BUSYBOX } from '../support/rig.ts';
import { createProjectRun, type ProjectRun } from '../support/run-request.ts';

const wercker = (box: string = BUSYBOX): string => `box: ${box}
build:
  steps:
    - script: { name: work, code: make }
`;

async function explain(
  engine: FakeEngine,
  project: ProjectRun,
  changes: Partial<RunRequest> = {},
): Promise<KeyExplanation> {
  const { signal } = new AbortController();
  const found = await explainCacheKey(project.request(changes), { engine, signal, events: () => undefined });
  if (!found.ok) throw new Error(found.error.message);
  return found.value;
}

async function key(...given: Parameters<typeof explain>): Promise<CacheKey> {
  const found = await explain(...given);
  if (!found.isCacheable) throw new Error(found.reasons.join());
  return found.key;
}

const write = ({ folder }: ProjectRun, path: string, content: string, mode?: number): void => {
  mkdirSync(join(folder, path, '..'), { recursive: true });
  writeFileSync(join(folder, path), content, mode === undefined ? {} : { mode });
};

describe('the key of a project', () => {
  it('is the same in another folder, on another engine, and the second time', async () => {
    await using one = await createFakeEngine({ registry: { 'r.test/box:1': {} } });
    await using other = await createFakeEngine({ registry: { 'r.test/box:1': {} } });
    using here = createProjectRun(wercker('r.test/box:1'));
    using there = createProjectRun(wercker('r.test/box:1'));
    const first = await key(one, here);
    expect((await key(one, here)).key).toBe(first.key);
    await one.pullImage('r.test/box:1', {});
    expect((await key(one, here)).key).toBe(first.key);
    expect((await key(other, there)).key).toBe(first.key);
  });

  it('starts and pulls nothing', async () => {
    await using engine = await createFakeEngine({ registry: { 'r.test/box:1': {} } });
    using project = createProjectRun(wercker('r.test/box:1'));
    await key(engine, project);
    expect(new Set(engine.calls.map(({ method }) => method))).toEqual(
      new Set(['inspectImage', 'findDigest', 'ping']),
    );
  });

  it('changes with every byte, also of a file that keeps its size and time', async () => {
    await using engine = await createFakeEngine();
    using project = createProjectRun(wercker());
    write(project, 'src/main.c', 'int a;');
    const time = new Date(Date.now() - 60_000);
    utimesSync(join(project.folder, 'src/main.c'), time, time);
    const keys = [await key(engine, project), await key(engine, project)];
    write(project, 'src/main.c', 'int b;');
    utimesSync(join(project.folder, 'src/main.c'), time, time);
    keys.push(await key(engine, project));
    write(project, 'src/main.c', 'int b;', 0o755);
    execFileSync('chmod', ['+x', join(project.folder, 'src/main.c')]);
    keys.push(await key(engine, project));
    expect(keys[1]?.key).toBe(keys[0]?.key);
    expect(new Set(keys.map((found) => found.key)).size).toBe(3);
  });

  it('does not depend on what is ignored, on the working folder, or on times', async () => {
    await using engine = await createFakeEngine();
    using project = createProjectRun(wercker());
    write(project, '.werckerignore', 'notes\n');
    const before = await key(engine, project);
    write(project, 'notes', 'x');
    write(project, '.wercker/builds/x', 'x');
    utimesSync(join(project.folder, 'wercker.yml'), 1, 1);
    expect((await key(engine, project)).key).toBe(before.key);
    expect(before.source.map(({ path }) => path)).toEqual(['', '.werckerignore', 'wercker.yml']);
  });

  it('has of git what is checked out, unless git is ignored', async () => {
    await using engine = await createFakeEngine();
    using project = createProjectRun(wercker());
    const git = (commit: string): Partial<RunRequest> => ({ git: { ...project.request().git, commit } });
    write(project, '.git/index', '1');
    const before = await key(engine, project, git('c0ffee'));
    write(project, '.git/index', '2');
    expect((await key(engine, project, git('c0ffee'))).key).toBe(before.key);
    expect((await key(engine, project, git('beef'))).key).not.toBe(before.key);
    write(project, '.werckerignore', '.git\n');
    const ignored = await key(engine, project, git('c0ffee'));
    expect((await key(engine, project, git('beef'))).key).toBe(ignored.key);
  });

  it('changes when the same name is another image', async () => {
    using project = createProjectRun(wercker('r.test/box:1'));
    await using one = await createFakeEngine({ registry: { 'r.test/box:1': {} } });
    await using other = await createFakeEngine({ registry: { 'r.test/box:1': { labels: { a: 'b' } } } });
    expect((await key(one, project)).key).not.toBe((await key(other, project)).key);
  });

  it('counts a variable of the runner as soon as a file names it', async () => {
    await using engine = await createFakeEngine();
    using project = createProjectRun(wercker());
    const git = (commit: string): Partial<RunRequest> => ({ git: { ...project.request().git, commit } });
    expect((await key(engine, project, git('a'))).key).toBe((await key(engine, project, git('b'))).key);
    write(project, 'Makefile', 'version:\n\techo $(WERCKER_GIT_COMMIT)\n');
    const named = await key(engine, project, git('a'));
    expect((await key(engine, project, git('b'))).key).not.toBe(named.key);
    expect(named.inputs).toContainEqual(expect.objectContaining({ shown: 'named in Makefile' }));
  });

  it('counts the files of a step', async () => {
    await using engine = await createFakeEngine();
    using project = createProjectRun(
      wercker().replace('script: { name: work, code: make }', 'step "file://./step"'),
    );
    write(project, 'step/wercker-step.yml', 'name: step\nversion: 1.0.0\n');
    write(project, 'step/run.sh', 'true\n');
    write(project, '.werckerignore', 'step\n');
    const before = await key(engine, project);
    write(project, 'step/run.sh', 'fail\n');
    expect((await key(engine, project)).key).not.toBe(before.key);
  });

  it('shows no secret', async () => {
    await using engine = await createFakeEngine();
    using project = createProjectRun(wercker());
    const hostEnvironment = new Map([['XXX_TOKEN', 's3cret-token']]);
    const found = await key(engine, project, { hostEnvironment });
    expect(found.key).not.toBe((await key(engine, project)).key);
    expect(JSON.stringify(found)).not.toContain('s3cret-token');
  });

  it('is none where an image cannot be told, and the reason is said', async () => {
    await using engine = await createFakeEngine();
    using project = createProjectRun(wercker('r.test/box:1'));
    const found = await explain(engine, project);
    expect(found).toMatchObject({ isCacheable: false, reasons: [expect.stringContaining('r.test/box')] });
  });
});
