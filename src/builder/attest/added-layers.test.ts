import { expect, it } from 'vitest';
import { countAddedLayers, type HistoryEntry } from './added-layers.ts';

const SOURCE: HistoryEntry[] = [
  { created_by: '/bin/sh -c #(nop) ADD file:1 in /' },
  { created_by: 'RUN apt-get install' },
];
const RECIPE: HistoryEntry[] = [
  { created_by: 'COPY package.json /tmp/package.json # buildkit' },
  { created_by: 'USER root', empty_layer: true },
  { created_by: 'RUN /bin/sh /dev/slipway/context/slipway-extend.sh # buildkit' },
  { created_by: 'USER nobody', empty_layer: true },
];

it.each<[string, HistoryEntry[], number]>([
  ['an image of somebody else', SOURCE, 0],
  ['an image that was extended', [...SOURCE, ...RECIPE], 2],
  ['an image that was extended twice', [...SOURCE, ...RECIPE, ...RECIPE], 4],
  ['an image that was extended, and then changed', [...SOURCE, ...RECIPE, { created_by: 'RUN more' }], 0],
  ['a part of the recipe', [...SOURCE, ...RECIPE.slice(1)], 0],
  ['no history', [], 0],
])('finds what Slipway added to %s', (_title, history, added) => {
  expect(countAddedLayers(history, 10)).toBe(added);
});

it('adds no more layers than an image has', () => {
  expect(countAddedLayers([...RECIPE, ...RECIPE], 3)).toBe(3);
});
