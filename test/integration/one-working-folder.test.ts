import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createFakeEngine, type FakeEngine } from '../../src/engine/fake/index.ts';
import { type RunRequest, type RunResult, runPipeline } from '../../src/runner/index.ts';
import { BUSYBOX } from '../support/rig.ts';
import { createProjectRun, type ProjectRun } from '../support/run-request.ts';

const wercker = (code: string): string => `box: ${BUSYBOX}
build:
  steps:
    - script: { name: work, code: ${JSON.stringify(code)} }
`;

const run = (engine: FakeEngine, project: ProjectRun, changes?: Partial<RunRequest>): Promise<RunResult> =>
  runPipeline(project.request(changes), {
    engine,
    signal: new AbortController().signal,
    events: (event) => {
      project.events.push(event);
    },
  });

const FILES = Array.from({ length: 50 }, (_, i) => `f${i}`);

describe('several runs at once in one working folder', () => {
  it('each see the whole project, and leave one copy of it', async () => {
    await using engine = await createFakeEngine();
    using project = createProjectRun(wercker('cat f* | wc -l'));
    for (const name of FILES) writeFileSync(join(project.folder, name), `${name}\n`);
    const results = await Promise.all([1, 2, 3, 4].map(() => run(engine, project)));
    expect(results.map(({ result }) => result)).toEqual(['passed', 'passed', 'passed', 'passed']);
    expect(project.output()).toBe(`${FILES.length}\n`.repeat(4));
    expect(readdirSync(join(project.folder, '.wercker/projects'))).toEqual(['app']);
    expect(readdirSync(join(project.folder, '.wercker/projects/app'))).toHaveLength(FILES.length + 1);
    expect(readdirSync(join(project.folder, '.wercker/tmp'))).toEqual([]);
  });

  it('never mix their caches: one of them stays, whole', async () => {
    await using engine = await createFakeEngine();
    using project = createProjectRun(
      wercker(`
        set -- /pipeline/cache/*
        [ ! -e "$1" ] || [ "$(cat /pipeline/cache/* | sort -u | wc -l)" = 1 ] || fail "mixed"
        [ ! -e "$1" ] || [ $# = 30 ] || fail "$# files"
        for i in $(seq 30); do echo "$WERCKER_RUN_ID" >/pipeline/cache/$i; done`),
    );
    for (let round = 0; round < 3; round += 1) {
      const results = await Promise.all([1, 2, 3].map(() => run(engine, project)));
      expect(results.map(({ failure }) => failure?.message)).toEqual([undefined, undefined, undefined]);
    }
    const cache = join(project.folder, '.wercker/cache');
    const owners = readdirSync(cache).map((name) => readFileSync(join(cache, name), 'utf8'));
    expect(owners).toHaveLength(30);
    expect(new Set(owners).size).toBe(1);
  });

  it('leave the latest link at one of them', async () => {
    await using engine = await createFakeEngine();
    using project = createProjectRun(wercker('true'));
    await Promise.all([1, 2, 3].map(() => run(engine, project)));
    const working = join(project.folder, '.wercker');
    expect(existsSync(join(working, readlinkSync(join(working, 'latest'))))).toBe(true);
    const strays = readdirSync(working).filter((name) => name.endsWith('.new'));
    expect(strays).toEqual([]);
  });

  it('may remove the same old runs', async () => {
    await using engine = await createFakeEngine();
    using project = createProjectRun(wercker('true'));
    const builds = join(project.folder, '.wercker/builds');
    for (let i = 0; i < 10; i += 1) {
      mkdirSync(join(builds, `old${i}`), { recursive: true });
      utimesSync(join(builds, `old${i}`), 1000 + i, 1000 + i);
    }
    const results = await Promise.all([1, 2, 3].map(() => run(engine, project)));
    expect(results.map(({ result }) => result)).toEqual(['passed', 'passed', 'passed']);
    expect(readdirSync(builds).filter((name) => /^old[0-7]$/.test(name))).toEqual([]);
  });

  it('do not copy again what the run before them copied', async () => {
    await using engine = await createFakeEngine();
    using project = createProjectRun(wercker('true'));
    await run(engine, project);
    const copy = join(project.folder, '.wercker/projects/app');
    writeFileSync(join(copy, 'left.txt'), 'of the copy before');
    await run(engine, project);
    expect(readdirSync(copy)).toEqual(['wercker.yml']);
  });
});

describe('a source that is put together from several folders', () => {
  it('has a folder for each, an empty one where there is nothing, and the copy goes with the run', async () => {
    await using engine = await createFakeEngine();
    using project = createProjectRun(wercker('ls -R; readlink first/link'));
    const [first, work] = [join(project.folder, 'first'), join(project.folder, 'work')];
    for (const folder of [first, work]) mkdirSync(folder);
    writeFileSync(join(first, 'file'), 'x');
    symlinkSync('nowhere', join(first, 'link'));
    const result = await run(engine, project, {
      configFile: join(project.folder, 'wercker.yml'),
      workingDir: join(work, '.wercker'),
      source: {
        type: 'folders',
        folders: [{ name: 'first', folder: first }, { name: 'second' }],
      },
    });
    expect(result.failure?.message).toBeUndefined();
    expect(project.output()).toBe('.:\nfirst\nsecond\n\n./first:\nfile\nlink\n\n./second:\nnowhere\n');
    expect(readdirSync(join(work, '.wercker/projects'))).toEqual([]);
  });
});
