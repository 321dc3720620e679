import { expect, it } from 'vitest';
import { backOf } from './back.ts';

it.each([
  ['/tasks/a?run=1#L2', '/tasks/a?run=1#L2'],
  [null, '/'],
  ['//evil.example/x', '/'],
  ['https://evil.example/', '/'],
  ['/\\evil.example', '/'],
  ['/.//evil.example', '/'],
  ['http://slipway.example:8080//evil.example', '/'],
  ['javascript:alert(1)', '/'],
  ['http://[', '/'],
])('who signs in comes back from %s to %s', (asked, back) => {
  expect(backOf(asked, 'http://slipway.example:8080')).toBe(back);
});
