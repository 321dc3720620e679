import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { licences } from '../../scripts/bundle.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  readonly dependencies: Readonly<Record<string, string>>; // npm has read it already
};

it('what Slipway is bundled with has its licence, without which a clean checkout cannot be set up', () => {
  const text = licences(Object.keys(dependencies));
  for (const name of Object.keys(dependencies)) expect(text).toMatch(new RegExp(`^${name}$`, 'm'));
});
