import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../queue-api/index.ts';
import { mistakesText, parsePayload } from './parse-payload.ts';
import { backingLogName } from './task-payload.ts';

const expires = '2026-12-01T00:00:00.000Z';
const parse = (payload: JsonObject) => parsePayload(payload, { expires, defaultMaxRunTimeSeconds: 600 });

function mistakes(payload: JsonObject) {
  const parsed = parse(payload);
  if (parsed.ok) throw new Error('the payload was found to be sound');
  return parsed.error;
}

const SOUND = { image: 'busybox:1', maxRunTime: 60 };
const AT_PATH = (path: string) => expect.arrayContaining([expect.objectContaining({ path })]);

describe('a payload', () => {
  it('needs an image and a time, and has defaults for the rest', () => {
    expect(parse(SOUND)).toEqual({
      ok: true,
      value: {
        image: 'busybox:1',
        maxRunTime: 60,
        command: [],
        env: {},
        encryptedEnv: [],
        cache: {},
        artifacts: {},
        capabilities: { privileged: false, disableSeccomp: false, devices: {} },
        features: {},
        onExitStatus: { retry: [], purgeCaches: [] },
        log: 'public/logs/live.log',
      },
    });
    expect(mistakes({})).toEqual([
      { path: 'image', message: expect.any(String) },
      { path: 'maxRunTime', message: expect.any(String) },
    ]);
  });

  it.each([
    ['docker-image', { type: 'docker-image', name: 'a' }],
    ['indexed-image', { type: 'indexed-image', namespace: 'a.b', path: 'public/image.tar' }],
    ['task-image', { type: 'task-image', taskId: 'KcA8dmRdTRSgM0XQaev4eg', path: 'public/image.tar' }],
  ])('may have a %s', (_type, image) => {
    expect(parse({ ...SOUND, image })).toMatchObject({ ok: true, value: { image } });
  });

  it('is told all that is wrong with it at once, with its places', () => {
    const found = mistakes({
      image: { type: 'task-image', taskId: 'x', path: 'a' },
      maxRunTime: '10',
      command: ['a', 1],
      env: { A: 1 },
      artifacts: { 'public/a b': { type: 'link', path: 'a' } },
      onExitStatus: { retry: ['1'] },
      surprise: true,
    });
    expect(found.map(({ path }) => path).sort()).toEqual([
      'artifacts["public/a b"].path',
      'artifacts["public/a b"].type',
      'command[1]',
      'env.A',
      'image.taskId',
      'maxRunTime',
      'onExitStatus.retry[0]',
      'surprise',
    ]);
    expect(mistakesText(found)).toMatch(
      /^`task\.payload` format is invalid json schema errors:\n\[\n {2}\{\n {4}"path": /,
    );
  });

  it.each([
    ['an image of another type', { image: { type: 'zip' } }, 'image.type'],
    ['an image that is a number', { image: 3 }, 'image'],
    ['no time at all', { maxRunTime: 0 }, 'maxRunTime'],
    ['half a second', { maxRunTime: 1.5 }, 'maxRunTime'],
    ['a command that is a text', { command: 'true' }, 'command'],
    ['a zero byte in a command', { command: ['a\0b'] }, 'command[0]'],
    ['a variable that has no value', { env: { A: null } }, 'env.A'],
    ['a variable whose name is an assignment', { env: { 'A=B': 'c' } }, 'env["A=B"]'],
    ['a variable that has no name', { env: { '': 'c' } }, 'env[""]'],
    ['a cache at the root', { cache: { a: '//' } }, 'cache.a'],
    ['a cache at no absolute path', { cache: { a: 'b' } }, 'cache.a'],
    ['a cache that goes up', { cache: { a: '/b/../..' } }, 'cache.a'],
    ['two caches at one place', { cache: { a: '/b', c: '/b/' } }, 'cache.c'],
    [
      'an artifact whose name is no ASCII',
      { artifacts: { ä: { type: 'file', path: '/a' } } },
      'artifacts["ä"]',
    ],
    [
      'an artifact with an unknown field',
      { artifacts: { a: { type: 'file', path: '/a', x: 1 } } },
      'artifacts.a.x',
    ],
    [
      'a moment that is none',
      { artifacts: { a: { type: 'file', path: '/a', expires: 'soon' } } },
      'artifacts.a.expires',
    ],
    ['a log without a name', { log: '' }, 'log'],
    ['a feature that is a text', { features: { interactive: 'yes' } }, 'features.interactive'],
    ['an unknown device', { capabilities: { devices: { toaster: true } } }, 'capabilities.devices.toaster'],
    [
      'an artifact of a task without its path',
      { image: { type: 'task-image', taskId: 'KcA8dmRdTRSgM0XQaev4eg' } },
      'image.path',
    ],
    [
      'an artifact of the index without its path',
      { image: { type: 'indexed-image', namespace: 'a.b' } },
      'image.path',
    ],
    ...['balrogVPNProxy', 'balrogStageVPNProxy', 'relengAPIProxy', 'testdroidProxy', 'vnc'].map(
      (name): [string, JsonObject, string] => [
        `what is no more: ${name}`,
        { features: { [name]: true } },
        `features.${name}`,
      ],
    ),
    ['a pipeline beside an image', { pipeline: {} }, 'pipeline'],
  ])('cannot have %s', (_what, part: JsonObject, path) => {
    expect(mistakes({ ...SOUND, ...part })).toEqual(AT_PATH(path));
  });

  it('cannot keep an artifact longer than the task, which is told beside what else is wrong', () => {
    const late = { type: 'file', path: '/a', expires: '2026-12-01T00:00:00.001Z' };
    expect(mistakes({ ...SOUND, artifacts: { late } })).toEqual(AT_PATH('artifacts.late.expires'));
    const both = mistakes({ ...SOUND, maxRunTime: 'x', artifacts: { late } });
    expect(both.map(({ path }) => path)).toEqual(['maxRunTime', 'artifacts.late.expires']);
    expect(parse({ ...SOUND, artifacts: { late: { ...late, expires } } })).toMatchObject({ ok: true });
  });

  it('may switch off what is no more, and name who supersedes', () => {
    expect(parse({ ...SOUND, features: { relengAPIProxy: false }, supersederUrl: 'http://x' })).toMatchObject(
      { ok: true },
    );
  });

  it('may have a pipeline in the place of an image', () => {
    const pipeline = { anything: [1] };
    expect(parse({ pipeline, maxRunTime: 5 })).toMatchObject({ ok: true, value: { pipeline } });
  });

  it('takes names that objects have by themselves for what they are', () => {
    const payload: JsonObject = JSON.parse(
      '{"image":"a","maxRunTime":1,"env":{"__proto__":"x","constructor":"y"}}',
    );
    const parsed = parse(payload);
    expect(parsed.ok && parsed.value.env['constructor']).toBe('y');
  });
});

describe('a payload in the first form', () => {
  it('is mapped: artifacts by their path, a time where it has none', () => {
    const parsed = parse({
      image: 'a',
      command: ['b'],
      features: { bufferLog: true, azureLivelog: true },
      artifacts: { 'x.txt': '/x.txt' },
    });
    expect(parsed).toMatchObject({
      ok: true,
      value: {
        maxRunTime: 600,
        features: { bufferLog: true, azureLivelog: true },
        artifacts: { 'x.txt': { type: 'file', path: '/x.txt' } },
      },
    });
  });

  it('cannot be mixed with a later one', () => {
    const mixed = { artifacts: { a: '/a', b: { type: 'file', path: '/b' } } };
    expect(mistakes({ ...SOUND, ...mixed })).toEqual(AT_PATH('artifacts.a'));
    expect(mistakes({ ...SOUND, features: { bufferLog: true }, cache: { a: '/a' } })).toEqual(
      AT_PATH('features.bufferLog'),
    );
  });

  it('cannot have figures sent to what is no more', () => {
    expect(mistakes({ image: 'a', features: { metrics: true } })).toEqual(AT_PATH('features.metrics'));
  });
});

describe('the name of the stored log', () => {
  it.each([
    ['public/logs/live.log', 'public/logs/live_backing.log'],
    ['a/b.log.txt', 'a/b.log_backing.txt'],
    ['a.b/log', 'a.b/log_backing'],
    ['log', 'log_backing'],
    ['a/.log', 'a/.log_backing'],
  ])('of %s is %s', (name, backing) => {
    expect(backingLogName(name)).toBe(backing);
  });
});
