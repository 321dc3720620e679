import { expect, it } from 'vitest';
import { openEngine } from '../../src/engine/index.ts';
import { runPipeline } from '../../src/runner/index.ts';
import type { Person } from '../../src/runner/person.ts';
import { pipelineFile } from '../support/pipeline.ts';
import { BUSYBOX, DEBIAN, leftOf } from '../support/rig.ts';
import { createProjectRun } from '../support/run-request.ts';

const VALUES: Readonly<Record<string, string>> = {
  PLAIN: 'plain',
  EMPTY: '',
  LINES: 'one\n\ntwo\n',
  QUOTES: `'single' "double" \`back\` \\ \\n $HOME $(id) !!`,
  LOOKS_LIKE_MORE: "x'\nexport FAKE='y",
  CONTROL: '\u0001\t\u001b[31m\r',
  UNICODE: 'größe ☃ 💥',
  LONG: 'x'.repeat(100_000),
};

const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** Somebody who looks on until the program ends. */
function onlooker(): Person {
  const never = (): never => {
    throw new Error('nobody asks this person');
  };
  return {
    async connect(open) {
      await using terminal = await open({ columns: 80, rows: 24 });
      for await (const _ of terminal.output);
      return await terminal.ended;
    },
    choose: never,
    ask: never,
    edit: never,
  };
}

it.concurrent.each([
  ['bash', { id: DEBIAN }],
  ['dash', { id: DEBIAN, cmd: '/bin/dash' }],
  ['busybox ash', { id: BUSYBOX }],
])('what a step exports in %s reaches a built-in step byte for byte', async (_, box) => {
  const exports = Object.entries(VALUES).map(([name, value]) => `export ${name}=${quote(value)}`);
  using project = createProjectRun(
    pipelineFile({
      box,
      steps: [
        [
          ...exports,
          'export PLAIN=replaced PLAIN; unset EMPTY; export EMPTY=',
          'own=1; set -u -C -f; IFS=x; cd /tmp',
        ].join('\n'),
        { 'internal/shell': { cmd: 'true' } },
        'echo "$IFS|$-|$own" | tr -d "\\n"; pwd',
      ],
    }),
  );
  await using engine = await openEngine({ environment: {} });
  const given: string[] = [];
  const spied = {
    ...engine,
    openTerminal: async (id: string, options: Parameters<typeof engine.openTerminal>[1]) => {
      given.push(...(options.environment ?? []));
      return await engine.openTerminal(id, options);
    },
  };
  const result = await runPipeline(project.request({ images: { pull: 'never' } }), {
    engine: spied,
    person: onlooker(),
    signal: new AbortController().signal,
    events: (event) => void project.events.push(event),
  });
  expect(result).toMatchObject({ result: 'passed' });
  const seen = new Map(
    given.map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]),
  );
  for (const [name, value] of Object.entries({ ...VALUES, PLAIN: 'replaced' }))
    expect(seen.get(name), name).toBe(value);
  expect([...seen.keys()].filter((name) => /^(own|FAKE|__slipway)/.test(name))).toEqual([]);
  expect(project.output()).toMatch(/^x\|[a-zA-Z]*\|1\/pipeline\/source\n$/);
  expect(await leftOf(project.folder)).toEqual([]);
});
