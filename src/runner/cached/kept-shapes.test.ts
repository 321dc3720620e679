import { describe, expect, it } from 'vitest';
import { isCachedRecord, isTarRecipe, isTimeline } from './kept-shapes.ts';

const digest = 'a'.repeat(64);

const record = {
  version: 1,
  key: digest,
  inputs: [
    { kind: 'box', name: 'busybox', digest, shown: 'sha256:1' },
    { kind: 'environment', name: 'TOKEN', isSecret: true },
  ],
  runId: '1',
  application: { id: 'app', name: 'app' },
  pipeline: 'build',
  startedAt: 1,
  durationMs: 1.5,
  slipway: '1.0.0',
  steps: 2,
  artifacts: [
    { sha256: digest, sizeBytes: 1 },
    { step: 1, sha256: digest, sizeBytes: 0 },
  ],
};

const started = { type: 'step-started', at: 1, step: 0, displayName: 'x', phase: 'main', index: 1, count: 1 };

describe('what is read of a cached build', () => {
  it('is taken as it is written', () => {
    expect(isCachedRecord(record)).toBe(true);
    expect(isTimeline([started, { type: 'output', at: 2, step: 0, from: 0, bytes: 3 }])).toBe(true);
    expect(isTarRecipe({ version: 1, pieces: [[512, 'a/b', 3]] })).toBe(true);
  });

  it('may have fields of a later version in its record', () => {
    expect(isCachedRecord({ ...record, later: true })).toBe(true);
  });

  it.each([
    ['another version', { version: 2 }],
    ['a key that is none', { key: 'abc' }],
    ['an input of no kind', { inputs: [{ kind: 'x', name: 'y' }] }],
    ['an input without a name', { inputs: [{ kind: 'box' }] }],
    ['a time that is no date', { startedAt: 8.64e15 + 1 }],
    ['a duration without an end', { durationMs: Number.POSITIVE_INFINITY }],
    ['no application', { application: undefined }],
    ['two artifacts of one step', { artifacts: [record.artifacts[0], record.artifacts[0]] }],
    ['an artifact of a step before the first', { artifacts: [{ step: -1, sha256: digest, sizeBytes: 1 }] }],
    ['an artifact without a digest', { artifacts: [{ sizeBytes: 1 }] }],
  ])('is no record with %s', (_what, change) => {
    expect(isCachedRecord({ ...record, ...change })).toBe(false);
  });

  it.each([
    ['an unknown event', { type: 'run-finished', at: 1 }],
    ['a name of every object', { type: 'constructor', at: 1 }],
    ['an event with a field that it does not have', { ...started, runId: 'other' }],
    ['an event with the id of a step of its own', { ...started, safeId: 'other' }],
    ['an event that lacks a field', { ...started, displayName: undefined }],
    ['output from before the beginning', { type: 'output', at: 1, from: -1, bytes: 1 }],
    ['no event', null],
  ])('is no timeline with %s', (_what, entry) => {
    expect(isTimeline([entry])).toBe(false);
  });

  it.each([
    ['tells a part of the log twice', [0, 10], [9, 10]],
    ['goes back in the log', [10, 10], [0, 10]],
    ['goes on beyond all numbers', [1, Number.MAX_SAFE_INTEGER], [0, 0]],
  ])('is no timeline where it %s', (_what, ...pieces) => {
    const outputs = pieces.map(([from, bytes]) => ({ type: 'output', at: 1, from, bytes }));
    expect(isTimeline([outputs[0], started, outputs[1]])).toBe(false);
  });

  it.each([[[[1, 'a']]], [[['1', 'a', 1]]], [[[1, 'a', 0.5]]], ['x'], [undefined]])(
    'is no recipe with the pieces %j',
    (pieces) => {
      expect(isTarRecipe({ version: 1, pieces })).toBe(false);
    },
  );
});
