import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { internalManifest } from '../../src/pipeline/index.ts';

const PAGE = readFileSync(join(import.meta.dirname, '../../docs/built-in-steps.md'), 'utf8');

const STEPS =
  'docker-push docker-scratch-push docker-build docker-run docker-kill store-container shell watch publish-step';

test.each(STEPS.split(' '))('the page of built-in steps names %s and all that it takes', (name) => {
  expect(PAGE).toMatch(new RegExp(`^## .*internal/${name}\\b`, 'm'));
  const missing = internalManifest(`internal/${name}`)?.properties.filter(
    (property) => !PAGE.includes(`\`${property.name}\``),
  );
  expect(missing).toEqual([]);
});
