import { describe, expect, test } from 'vitest';
import { checkConditions, rangeStillFits } from './preconditions.ts';

const BEFORE = 'Fri, 20 Nov 2026 11:59:59 GMT';
const SAME = 'Fri, 20 Nov 2026 12:00:00 GMT';
const AFTER = 'Fri, 20 Nov 2026 12:00:01 GMT';
// A half second is not seen in a header: it must not count.
const content = { etag: 'a,b', modifiedAt: Date.UTC(2026, 10, 20, 12) + 500 };

describe('a condition', () => {
  test.each([
    ['send', {}],
    ['send', { 'if-match': '"a,b"' }],
    ['send', { 'if-match': '"x", "a,b"' }],
    ['send', { 'if-match': '*' }],
    ['failed', { 'if-match': '"x"' }],
    ['failed', { 'if-match': 'W/"a,b"' }],
    ['failed', { 'if-match': '' }],
    ['failed', { 'if-match': 'a,b' }],
    ['not-modified', { 'if-none-match': '"a,b"' }],
    ['not-modified', { 'if-none-match': 'W/"a,b"' }],
    ['not-modified', { 'if-none-match': ' "x" ,\t"y",, W/"a,b"' }],
    ['not-modified', { 'if-none-match': '*' }],
    ['send', { 'if-none-match': '"a"' }],
    ['send', { 'if-none-match': '"x" "a,b"' }],
    ['send', { 'if-none-match': 'w/"a,b"' }],
    ['send', { 'if-none-match': '"a,b' }],
    ['not-modified', { 'if-modified-since': SAME }],
    ['not-modified', { 'if-modified-since': AFTER }],
    ['send', { 'if-modified-since': BEFORE }],
    ['send', { 'if-modified-since': 'soon' }],
    ['send', { 'if-unmodified-since': SAME }],
    ['send', { 'if-unmodified-since': AFTER }],
    ['failed', { 'if-unmodified-since': BEFORE }],
    ['send', { 'if-unmodified-since': 'soon' }],
  ] as const)('%s: %j', (verdict, headers) => {
    expect(checkConditions(headers, content)).toBe(verdict);
  });
});

describe('of several conditions', () => {
  test.each([
    ['tags win over dates', 'send', { 'if-none-match': '"x"', 'if-modified-since': AFTER }],
    ['tags win over dates', 'send', { 'if-match': '"a,b"', 'if-unmodified-since': BEFORE }],
    ['what fails wins', 'failed', { 'if-match': '"x"', 'if-none-match': '"a,b"' }],
    ['what fails wins', 'failed', { 'if-unmodified-since': BEFORE, 'if-none-match': '"a,b"' }],
    ['all have to pass', 'not-modified', { 'if-match': '"a,b"', 'if-none-match': '"a,b"' }],
  ] as const)('%s: %s for %j', (_rule, verdict, headers) => {
    expect(checkConditions(headers, content)).toBe(verdict);
  });
});

test('a content of which nobody knows when it was made has no conditions on its date', () => {
  expect(checkConditions({ 'if-modified-since': AFTER }, { etag: 'x' })).toBe('send');
  expect(checkConditions({ 'if-unmodified-since': BEFORE }, { etag: 'x' })).toBe('send');
  expect(rangeStillFits({ 'if-range': SAME }, { etag: 'x' })).toBe(false);
});

describe('a range still fits', () => {
  test.each([
    [true, undefined],
    [true, '"a,b"'],
    [false, 'W/"a,b"'],
    [false, '"x"'],
    [false, '"a,b", "x"'],
    [false, 'a,b'],
    [false, '*'],
    [false, ''],
    [true, SAME],
    [false, AFTER],
    [false, BEFORE],
  ])('%s for If-Range: %s', (fits, header) => {
    expect(rangeStillFits(header === undefined ? {} : { 'if-range': header }, content)).toBe(fits);
  });
});
