import { describe, expect, it } from 'vitest';
import { openEngine, type Terminal } from '../../src/engine/index.ts';
import { runPipeline } from '../../src/runner/index.ts';
import type { Person } from '../../src/runner/person.ts';
import { pipelineFile } from '../support/pipeline.ts';
import { createRig, DEBIAN, leftOf } from '../support/rig.ts';
import { createProjectRun, type ProjectRun } from '../support/run-request.ts';

const BUSY_MACHINE_MS = 90_000; // several runs each, beside other tests

const shell = (properties: object) => ({ 'internal/shell': properties });

/** Somebody who types one thing and sees what comes of it. */
function personWho(types: string): Person & { readonly seen: () => string } {
  const seen: Buffer[] = [];
  const never = (): never => {
    throw new Error('nobody asks this person');
  };
  return {
    seen: () => Buffer.concat(seen).toString().replaceAll('\r', ''),
    async connect(open) {
      await using terminal: Terminal = await open({ columns: 80, rows: 24 });
      await terminal.write(types);
      for await (const piece of terminal.output) seen.push(piece);
      return await terminal.ended;
    },
    choose: never,
    ask: never,
    edit: never,
  };
}

async function runWith(project: ProjectRun, person: Person, changes = {}) {
  await using engine = await openEngine({ environment: {} });
  const result = await runPipeline(project.request({ images: { pull: 'never' }, ...changes }), {
    engine,
    person,
    signal: new AbortController().signal,
    events: (event) => void project.events.push(event),
  });
  expect(await leftOf(project.folder)).toEqual([]);
  return result;
}

describe.concurrent('internal/shell', { timeout: BUSY_MACHINE_MS }, () => {
  it.each([
    ['busybox', {}],
    ['bash', { box: DEBIAN }],
  ])('is the shell of a box with %s, where the steps are and with what they exported', async (_, box) => {
    using project = createProjectRun(
      pipelineFile({
        ...box,
        steps: [
          `mkdir sub; export WORDS="it's \\"two\\"\nlines"`,
          shell({ code: 'GREETING=ahoy\n' }),
          'echo went on',
        ],
      }),
    );
    const person = personWho(`echo "<$GREETING|$WORDS|$PWD|$(tty)>"; exit 3\n`);
    const result = await runWith(project, person);
    expect(result).toMatchObject({ result: 'passed' });
    expect(person.seen()).toContain(`<ahoy|it's "two"\nlines|/pipeline/source|/dev/pts/0>`);
    expect(project.output()).toBe('went on\n');
  });

  it('may be any program', async () => {
    using project = createProjectRun(
      pipelineFile({ steps: [shell({ cmd: `sh -c 'read x; echo "got $x"'` })] }),
    );
    const person = personWho('hello\n');
    expect(await runWith(project, person)).toMatchObject({ result: 'passed' });
    expect(person.seen()).toContain('got hello');
  });

  it('has no time limit', async () => {
    using project = createProjectRun(pipelineFile({ steps: [shell({ cmd: 'sleep 1' })] }));
    const limits = { ...project.request().limits, noResponseTimeoutMinutes: 0.005 };
    expect(await runWith(project, personWho(''), { limits })).toMatchObject({ result: 'passed' });
  });

  it('fails where nobody is at a terminal', async () => {
    await using rig = createRig(pipelineFile({ steps: [shell({})] }));
    const { exitCode, stderr } = await rig.run(['build']);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('a shell in the box needs a person at a terminal');
  });

  it('and unknown internal steps are left out with --enable-dev-steps=false', async () => {
    await using rig = createRig(
      pipelineFile({ steps: [shell({}), { 'internal/nothing': { a: 1 } }, 'echo ran'] }),
    );
    const { exitCode, stdout, stderr } = await rig.run(['build', '--enable-dev-steps=false']);
    expect(exitCode, stderr).toBe(0);
    expect(stderr).toContain('Ignoring dev step: internal/shell');
    expect(stderr).toContain('Ignoring dev step: internal/nothing');
    expect(stdout).toBe('ran\n');
  });
});

describe.concurrent('--attach-on-error', { timeout: BUSY_MACHINE_MS }, () => {
  it.each(['false', 'export GONE=1; exit 3'])(
    'opens the shell between %s and the after-steps',
    async (failing) => {
      using project = createProjectRun(
        pipelineFile({
          steps: ['export LEFT=behind; touch made', failing],
          afterSteps: ['echo "after: $(ls)"'],
        }),
      );
      const person = personWho('touch seen; echo "<$WERCKER_RUN_ID|$(ls)>"; exit\n');
      const result = await runWith(project, person, {
        attachOnError: true,
        runId: `attach${failing.length}`,
      });
      expect(result).toMatchObject({ result: 'failed' });
      expect(person.seen()).toMatch(new RegExp(`<attach${failing.length}\\|made\nseen\nwercker.yml>`));
      expect(project.output()).toContain('after: made\nseen\n');
    },
  );

  it('says that nobody is there', async () => {
    await using rig = createRig(pipelineFile({ steps: ['false'] }));
    const { exitCode, stderr } = await rig.run(['build', '--attach-on-error']);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('Nobody is at a terminal');
  });
});
