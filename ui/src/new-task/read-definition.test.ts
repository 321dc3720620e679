import { describe, expect, it } from 'vitest';
import { completed, readDefinition } from './read-definition.ts';
import { refusedFields } from './refused-fields.ts';
import { parseSpan, spanText } from './spans.ts';

const KNOWN = { now: Date.UTC(2030, 0, 31), clientId: 'ada', origin: 'https://slipway.example.com' };

describe('a pasted definition', () => {
  it.each([
    '{"payload": {"image": "a", "command": ["x"]}}',
    'payload:\n  image: a\n  command: [x]\n',
    '# task.yml\npayload: {image: a, command: [x]}',
  ])('is read from JSON and YAML', async (text) => {
    expect(await readDefinition(text)).toEqual({
      definition: { payload: { image: 'a', command: ['x'] } },
    });
  });

  it.each([
    ['', 'nothing is there'],
    ['{"a": }', 'not JSON'],
    ['a: [1', 'neither JSON nor YAML'],
    ['- a', 'Expected an object'],
    ['[1]', 'Expected an object'],
    ['a text', 'Expected an object'],
  ])('that is none is told of: %j', async (text, problem) => {
    expect(await readDefinition(text)).toEqual({ problem: expect.stringContaining(problem) });
  });

  it('does not grow without bounds from a few aliases', async () => {
    const levels = [...'bcdefghij'].map(
      (name, i) => `${name}: &${name} [${`*${'abcdefghij'[i]},`.repeat(9)}]`,
    );
    expect(await readDefinition(['a: &a [x]', ...levels].join('\n'))).toEqual({
      problem: expect.stringContaining('cannot be read'),
    });
  });

  it('gets what it leaves out, and keeps what it says', () => {
    expect(completed({ payload: {} }, KNOWN)).toEqual({
      payload: {},
      taskQueueId: 'local/docker',
      created: '2030-01-31T00:00:00.000Z',
      deadline: '2030-02-01T00:00:00.000Z',
      expires: '2030-03-02T00:00:00.000Z',
      metadata: {
        name: 'a task',
        description: 'a task',
        owner: 'ada',
        source: 'https://slipway.example.com/tasks/new',
      },
    });
    const whole = {
      provisionerId: 'a',
      workerType: 'b',
      created: 'c',
      deadline: 'd',
      metadata: { name: 'n', description: 'x', owner: 'y', source: 'z' },
    };
    expect(completed(whole, KNOWN)).toEqual(whole);
  });
});

it('times are read and written as the command line has them', () => {
  expect(['90s', ' 30m', '12h', '7d', '2w', '0s', '1', '1.5h', ''].map(parseSpan)).toEqual([
    90_000,
    1_800_000,
    43_200_000,
    604_800_000,
    1_209_600_000,
    ...Array<undefined>(4),
  ]);
  expect([90_000, 3_600_000, 86_400_000, 604_800_000, 1].map(spanText)).toEqual([
    '90s',
    '1h',
    '1d',
    '1w',
    '1s',
  ]);
});

it('what the server refuses stands at the field that it is about', () => {
  const { problems, others } = refusedFields(
    '  * payload.env.A: expected a text\n  * dependencies[0]: is no id\n  * taskQueueId: expected a queue\n  * payloads: unknown\nmore',
  );
  expect(Object.fromEntries(problems)).toEqual({
    env: 'expected a text',
    dependencies: 'is no id',
    queue: 'expected a queue',
  });
  expect(others).toEqual(['payloads: unknown', 'more']);
});
