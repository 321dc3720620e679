import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { jobNameOf } from './names.ts';

const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

describe('the name of a job', () => {
  it('is user and id, as the original has it, where that is short enough', () => {
    const id = randomUUID();
    expect(jobNameOf('alice', id)).toBe(`build-alice-${id}`);
    expect(jobNameOf('a'.repeat(20), id)).toBe(`build-${'a'.repeat(20)}-${id}`);
  });

  it('begins with the user as long as a login of forty characters', () => {
    for (const length of [21, 30, 40]) {
      const user = 'x'.repeat(length);
      expect(jobNameOf(user, randomUUID())).toMatch(new RegExp(`^build-${user}-[0-9a-f]{16}$`));
    }
  });

  it('is a legal label, and another one for each build and each user, for any login', () => {
    const logins = Array.from({ length: 61 }, (_, i) => 'a1'.repeat(31).slice(0, i + 1));
    const odd = ['', '-', 'A', 'a.b', 'a_b', 'ü', '../x', '$(id)', 'a\nb', 'z'.repeat(500)];
    const names = [...logins, ...odd, `${'y'.repeat(60)}1`, `${'y'.repeat(60)}2`].flatMap((login) => [
      jobNameOf(login, randomUUID()),
      jobNameOf(login, randomUUID()),
    ]);
    for (const name of names) expect(name).toMatch(LABEL);
    expect(new Set(names).size).toBe(names.length);
    expect(jobNameOf(`${'y'.repeat(60)}1`, 'x')).not.toBe(jobNameOf(`${'y'.repeat(60)}2`, 'x'));
  });
});
