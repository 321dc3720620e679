import { expect, it } from 'vitest';
import { spdxLicense } from './license.ts';

it.each([
  ['MIT', 'MIT'],
  ['(MIT OR Apache-2.0)', '(MIT OR Apache-2.0)'],
  ['MIT  AND (ISC OR (0BSD))', 'MIT AND (ISC OR (0BSD))'],
])('%j is an expression of SPDX', (text, license) => {
  expect(spdxLicense(text)).toBe(license);
});

it.each([
  undefined,
  '',
  'mit',
  'MIT License',
  'MIT OR',
  'OR MIT',
  'MIT ISC',
  '(MIT',
  'MIT)',
  '()',
  'MIT;ISC',
  'x'.repeat(300),
])('%j is none', (text) => {
  expect(spdxLicense(text)).toBeUndefined();
});
