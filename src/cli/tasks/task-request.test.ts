import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CommandContext } from '../command.ts';
import { parseArguments } from '../flag-values.ts';
import { TASK_CREATE_FLAGS } from '../flags/task.ts';
import { readTaskRequest } from './task-request.ts';

const NOW = Date.parse('2026-01-02T03:04:05.678Z');
const ID = 'fN1SbArXTPSVFNUvaOlinQ';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-task-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const request = (...words: readonly string[]) =>
  readTaskRequest(
    {
      ...parseArguments(words, TASK_CREATE_FLAGS, {}),
      environment: { USER: 'anna' },
    } as unknown as CommandContext, // all that is asked for
    NOW,
  );

function file(text: string): string {
  const path = join(folder, 'task.yml');
  writeFileSync(path, text);
  return path;
}

const METADATA = 'metadata: {name: n, description: d, owner: o, source: "https://example.com"}';

describe('a task of a command line', () => {
  it('runs a command in an image', async () => {
    const words = [
      '--image',
      'busybox',
      '--env',
      'A=b=c',
      '--artifact',
      'public/x=/x',
      '--artifact',
      'd=/d/',
    ];
    const made = await request(...words, '--cache', 'c=/c', '--max-run-time', '90s', '--', 'echo', '--hi');
    expect(made).toEqual({
      created: '2026-01-02T03:04:05.678Z',
      deadline: '2026-01-03T03:04:05.678Z',
      expires: '2026-02-01T03:04:05.678Z',
      taskQueueId: 'local/docker',
      scopes: ['docker-worker:cache:c'],
      payload: {
        image: 'busybox',
        command: ['echo', '--hi'],
        maxRunTime: 90,
        env: { A: 'b=c' },
        artifacts: { 'public/x': { type: 'file', path: '/x' }, d: { type: 'directory', path: '/d' } },
        cache: { c: '/c' },
      },
      metadata: {
        name: 'busybox',
        description: 'busybox',
        owner: expect.stringMatching(/^anna@/),
        source: 'https://localhost/',
      },
    });
  });

  it('is what a file says, with times counted from now where it has none', async () => {
    const path = file(`provisionerId: p\nworkerType: w\npayload: {image: x, maxRunTime: 1}\n${METADATA}\n`);
    expect(await request(path)).toMatchObject({
      provisionerId: 'p',
      workerType: 'w',
      created: '2026-01-02T03:04:05.678Z',
      deadline: '2026-01-03T03:04:05.678Z',
      payload: { image: 'x', maxRunTime: 1 },
      metadata: { name: 'n', owner: 'o' },
    });
  });

  it('lets flags win over the file', async () => {
    const path = file(
      `taskQueueId: p/w\npriority: low\ndeadline: 2026-01-05T00:00:00.000Z\npayload: {}\n${METADATA}\n`,
    );
    const made = await request(
      path,
      '--queue',
      'a/b',
      '--priority',
      'high',
      '--name',
      'mine',
      '--depends',
      ID,
    );
    expect(made).toMatchObject({
      taskQueueId: 'a/b',
      priority: 'high',
      deadline: '2026-01-05T00:00:00.000Z',
      dependencies: [ID],
      metadata: { name: 'mine', owner: 'o' },
    });
    expect(made).not.toHaveProperty('expires'); // the queue counts it from the deadline
  });

  it('takes a payload of its own, with the halves of the queue, as the oldest clients did', async () => {
    const words = [
      '--payload',
      file('{"image": "x"}'),
      '--provisioner-id',
      'a',
      '--worker-type',
      'b',
      '--owner',
      'me',
    ];
    expect(await request(...words)).toMatchObject({
      payload: { image: 'x' },
      provisionerId: 'a',
      workerType: 'b',
      metadata: { owner: 'me' },
    });
  });

  it('says every mistake of a file with its place', async () => {
    const path = file(`taskQueueId: p/w\nretries: 50\npayload: 3\n${METADATA}\nextras: {}\n`);
    const problem = await request(path).catch((error: Error) => error.message);
    expect(problem).toContain(`${path}:2:10: retries:`);
    expect(problem).toContain(`${path}:3:10: payload:`);
    expect(problem).toContain('extras');
  });

  it.each([
    ['a: [', /task\.yml:1:\d+: /],
    ['- 1\n', /task\.yml:1:1: expected a map/],
    ['', /expected a map/],
    [`a: &a [*a]`, /./],
  ])('refuses the file %j in a sentence', async (text, message) => {
    await expect(request(file(text))).rejects.toThrow(message);
  });

  it.each([
    [['--image', 'x', '--payload', 'f'], '--image and --payload exclude each other'],
    [['--image', 'x', '--env', 'A'], '--env: expected NAME=VALUE, found "A"'],
    [['--image', 'x', '--artifact', 'A'], '--artifact: expected NAME=PATH, found "A"'],
    [['--image', 'x', '--env', 'A=1', '--env', 'A=2'], '--env: "A" is given twice'],
    [['--image', 'x', '--deadline', '2d', '--expires', '1d'], '--expires comes before --deadline'],
    [['--image', 'x', '--queue', 'x'], '--queue: expected PROVISIONER/TYPE such as local/docker, found "x"'],
    [['--image', 'x', '--retries', '50'], '--retries: expected a number from 0 to 49, found "50"'],
    [['--image', 'x', '--depends', 'x'], 'expected the id of a task'],
    [['--image', 'x', '--deadline', 'soon'], '--deadline: expected a time such as'],
    [['/nowhere/task.yml'], '/nowhere/task.yml cannot be read: no such file or directory'],
    [[], 'says what to run'],
  ])('refuses %j', async (words, message) => {
    await expect(request(...words)).rejects.toThrow(message);
  });
});
