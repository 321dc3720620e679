import { describe, expect, it } from 'vitest';
import { createStyle } from '../render/style.ts';
import { artifactPage } from './artifact-page.ts';

const ARTIFACT = {
  ref: 'project/element/key',
  commit: 'a'.repeat(64),
  subject: '',
  body: '',
  size: { objects: 1, storedBytes: 1 },
};

const made = (committedAt: number): string | undefined =>
  artifactPage({ ...ARTIFACT, committedAt }, createStyle(false), 0).find((line) => line.startsWith('made'));

describe('what is said of an artifact', () => {
  it('has when it was made', () => {
    expect(made(1000)).toMatch(/1970-01-01T00:00:01Z, in 1s$/);
  });

  it('is said of one whose commit is of no date as well', () => {
    expect(made(Number.MAX_SAFE_INTEGER * 1000)).toMatch(/at a time that is none$/);
  });
});
