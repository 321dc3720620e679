import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createFakeEngine, type FakeEngine } from '../../src/engine/fake/index.ts';
import {
  askHold,
  type HoldRecord,
  type HoldRequest,
  listHolds,
  type Person,
  type RunRequest,
  type RunResult,
  runPipeline,
} from '../../src/runner/index.ts';
import { pipelineFile, script } from '../support/pipeline.ts';
import { createProjectRun, type ProjectRun } from '../support/run-request.ts';

interface Situation {
  readonly engine: FakeEngine;
  readonly project: ProjectRun;
  readonly person?: Person;
  readonly changes?: Partial<RunRequest>;
  /** What is asked through the socket, one after the other, each time that the run is held. */
  readonly asks?: readonly (HoldRequest | (() => HoldRequest))[];
  readonly signal?: AbortSignal;
  readonly onHeld?: () => void;
  readonly onOutput?: (text: string) => void;
}

async function run(situation: Situation): Promise<{ result: RunResult; answers: string[] }> {
  const { engine, project, person, changes, signal, onHeld, onOutput } = situation;
  const asks = [...(situation.asks ?? [])];
  const answers: string[] = [];
  const asking: Promise<void>[] = [];
  const ask = async (): Promise<void> => {
    const [hold] = await listHolds(join(project.folder, '.wercker'));
    for (let ok = false; !ok && hold !== undefined; ) {
      const next = asks.shift();
      if (next === undefined) return;
      const answer = await askHold(hold, typeof next === 'function' ? next() : next);
      answers.push(answer.message);
      ok = answer.ok && !('access' in answer);
    }
  };
  const result = await runPipeline(
    project.request({ onFailure: 'hold', holdTimeoutMs: 20_000, ...changes }),
    {
      engine,
      signal: signal ?? new AbortController().signal,
      ...(person === undefined ? {} : { person }),
      events: (event) => {
        project.events.push(event);
        if (event.type === 'step-output') onOutput?.(event.bytes.toString());
        if (event.type !== 'held') return;
        onHeld?.();
        if (asks.length > 0) asking.push(ask());
      },
    },
  );
  await Promise.all(asking);
  return { result, answers };
}

/** Somebody who chooses these, in turn. */
function personWho(
  choices: readonly string[],
  { step = '', edit = (_: string): boolean => true } = {},
): Person {
  const left = [...choices];
  return {
    connect: async (open) => {
      await using terminal = await open({ columns: 80, rows: 24 });
      await terminal.write('exit 0\n');
      for await (const _ of terminal.output);
      return await terminal.ended;
    },
    choose: async (_title, _choices, signal) => {
      const choice = left.shift();
      if (choice !== undefined) return choice;
      return await new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      });
    },
    ask: async () => await Promise.resolve(step),
    edit: async (path) => await Promise.resolve(edit(path)),
  };
}

const steps = (second: string) =>
  pipelineFile({
    steps: [
      script({ name: 'one', code: 'X=first; echo one' }),
      script({ name: 'two', code: second }),
      script({ name: 'three', code: 'echo "three $X $Y"' }),
    ],
    afterSteps: [script({ name: 'after', code: 'echo "after $WERCKER_RESULT"' })],
  });

const FAILING: readonly (readonly [string, string])[] = [
  ['that returns', 'Y=dirty; set +e; test -e fixed; return $?'],
  ['whose command fails and ends the shell', 'Y=dirty; test -e fixed'],
  ['that ends the shell by itself', 'Y=dirty; [ -e fixed ] || exit 3'],
];

describe('a held run on the fake engine', () => {
  it.each(FAILING)(
    'runs a step %s again, in the shell that it had and with the changed files',
    async (_, code) => {
      await using engine = await createFakeEngine();
      using project = createProjectRun(steps(code));
      const fix = (): HoldRequest => {
        writeFileSync(join(project.folder, 'fixed'), '');
        return { choice: 'retry' };
      };
      const { result, answers } = await run({ engine, project, asks: [fix] });
      expect(result).toMatchObject({ result: 'passed' });
      expect(answers).toEqual(['running "two" again']);
      expect(project.output()).toBe('one\nthree first dirty\nafter passed\n');
    },
  );

  it('runs a step again that ran into its time limit', async () => {
    await using engine = await createFakeEngine();
    using project = createProjectRun(steps('echo begun; [ -e fixed ] || sleep 1000'));
    const limits = { ...project.request().limits, noResponseTimeoutMinutes: 1 / 60 };
    const fix = (): HoldRequest => {
      writeFileSync(join(project.folder, 'fixed'), '');
      return { choice: 'retry' };
    };
    const { result } = await run({ engine, project, asks: [fix], changes: { limits } });
    expect(result).toMatchObject({ result: 'passed' });
    expect(project.output()).toContain('three first');
  });

  it('runs a step again whose box was killed', async () => {
    await using engine = await createFakeEngine();
    using project = createProjectRun(steps('echo begun; [ -e fixed ] || sleep 1000'));
    const fix = (): HoldRequest => {
      writeFileSync(join(project.folder, 'fixed'), '');
      return { choice: 'retry' };
    };
    let killed = false;
    const onOutput = (text: string): void => {
      if (killed || !text.includes('begun')) return;
      killed = true;
      void engine
        .listContainers({ label: 'io.slipway.role=box' })
        .then(([box]) => engine.killContainer(box?.id ?? '', 'SIGKILL'));
    };
    const { result } = await run({ engine, project, asks: [fix], onOutput });
    expect(result).toMatchObject({ result: 'passed' });
    expect(project.output()).toBe('one\nbegun\nbegun\nthree first \nafter passed\n');
  });

  it('goes on behind a step that is skipped, with the shell from before it where its own is gone', async () => {
    await using engine = await createFakeEngine();
    using project = createProjectRun(steps('Y=dirty; exit 3'));
    const { result } = await run({ engine, project, asks: [{ choice: 'skip' }] });
    expect(result).toMatchObject({ result: 'passed' });
    expect(project.output()).toBe('one\nthree first \nafter passed\n');
  });

  it('goes back to an earlier step, and says which files it finds', async () => {
    await using engine = await createFakeEngine();
    using project = createProjectRun(steps('[ -e /tmp/seen ] || { : >/tmp/seen; exit 1; }'));
    const { result, answers } = await run({ engine, project, asks: [{ choice: 'from', step: 'one' }] });
    expect(result).toMatchObject({ result: 'passed' });
    expect(answers[0]).toContain('going on from "one" on the files as they are now');
    expect(project.output()).toBe('one\none\nthree first \nafter passed\n');
  });

  it.each([
    [{ choice: 'from', step: 'three' }, 'comes after'],
    [{ choice: 'from', step: 'nope' }, 'there is no step "nope"'],
  ] as const)('stays held when asked for %j', async (request, why) => {
    await using engine = await createFakeEngine();
    using project = createProjectRun(steps('exit 3'));
    const { result, answers } = await run({ engine, project, asks: [request, { choice: 'give-up' }] });
    expect(answers[0]).toContain(why);
    expect(result).toMatchObject({ result: 'failed', failure: { reason: 'step-failed' } });
  });

  it('runs the script that it is given instead', async () => {
    await using engine = await createFakeEngine();
    using project = createProjectRun(steps('exit 3'));
    const { result } = await run({
      engine,
      project,
      asks: [{ choice: 'edit', script: 'Y=new; echo two\n' }],
    });
    expect(result).toMatchObject({ result: 'passed' });
    expect(project.output()).toBe('one\ntwo\nthree first new\nafter passed\n');
  });

  it('gives up with the result for the after-steps', async () => {
    await using engine = await createFakeEngine();
    using project = createProjectRun(steps('exit 3'));
    const { result } = await run({ engine, project, asks: [{ choice: 'give-up' }] });
    expect(result).toMatchObject({ result: 'failed', failure: { reason: 'step-failed' } });
    expect(project.output()).toBe('one\nafter failed\n');
  });

  it('gives up when nobody comes', async () => {
    await using engine = await createFakeEngine();
    using project = createProjectRun(steps('exit 3'));
    const { result } = await run({ engine, project, changes: { holdTimeoutMs: 50 } });
    expect(result).toMatchObject({ result: 'failed', failure: { reason: 'hold-expired' } });
    expect(project.output()).toContain('after failed');
    expect(project.events).toContainEqual(expect.objectContaining({ type: 'resumed', by: 'timeout' }));
  });

  it('ends when it is interrupted, and leaves nothing behind', async () => {
    await using engine = await createFakeEngine();
    using project = createProjectRun(steps('exit 3'));
    const stop = new AbortController();
    const { result } = await run({ engine, project, signal: stop.signal, onHeld: () => stop.abort() });
    expect(result).toMatchObject({ result: 'interrupted' });
    expect(await engine.listContainers({ label: 'io.slipway.run-id' })).toEqual([]);
    expect(readdirSync(join(project.folder, '.wercker', 'holds'))).toEqual([]);
  });

  it('asks the person at the terminal, again after a shell and after a mistake', async () => {
    await using engine = await createFakeEngine();
    using project = createProjectRun(steps('exit 3'));
    const edit = (path: string): boolean => {
      writeFileSync(path, 'echo edited\n');
      return true;
    };
    const person = personWho(['from', 'edit'], { step: 'nope', edit });
    const { result } = await run({ engine, project, person });
    expect(result).toMatchObject({ result: 'passed' });
    expect(project.output()).toContain('edited\n');
    const errors = project.events.flatMap((event) =>
      event.type === 'notice' && event.level === 'error' ? [event.text] : [],
    );
    expect(errors.join()).toContain('there is no step "nope"');
  });

  it('takes a decision from elsewhere while the menu is open', async () => {
    await using engine = await createFakeEngine();
    using project = createProjectRun(steps('exit 3'));
    const { result } = await run({ engine, project, person: personWho([]), asks: [{ choice: 'skip' }] });
    expect(result).toMatchObject({ result: 'passed' });
    expect(project.events).toContainEqual(expect.objectContaining({ type: 'resumed', by: 'command' }));
  });

  it('says what may be chosen, and lets only this user ask', async () => {
    await using engine = await createFakeEngine();
    using project = createProjectRun(steps('exit 3'));
    const looked = Promise.withResolvers<{ hold: HoldRecord | undefined; mode: number }>();
    const look = (): HoldRequest => {
      void listHolds(join(project.folder, '.wercker')).then(([hold]) => {
        looked.resolve({ hold, mode: statSync(hold?.socket ?? '').mode & 0o777 });
      }, looked.reject);
      return { choice: 'from', step: 'nope' };
    };
    const afterwards = (): HoldRequest => ({ choice: 'give-up' });
    await run({ engine, project, asks: [look, afterwards] });
    const { hold, mode } = await looked.promise;
    expect(hold).toMatchObject({
      step: 'two',
      choices: ['retry', 'edit', 'skip', 'from', 'shell', 'give-up'],
    });
    expect(mode).toBe(0o600);
    expect(existsSync(hold?.socket ?? '')).toBe(false);
  });
});
