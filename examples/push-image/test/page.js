import assert from 'node:assert/strict';
import test from 'node:test';
import { character, page } from '../src/page.js';

test('a light is named as on charts', () => {
  assert.equal(character({ flashes: 1, period: 5 }), 'Fl 5s');
  assert.equal(character({ flashes: 3, period: 12 }), 'Fl(3) 12s');
});

test('the page has every light once, in order', () => {
  const lights = ['Roter Sand', 'Bell Rock'].map((name) => ({ name, flashes: 1, period: 5 }));
  assert.match(page(lights, '1.0.0'), /Bell Rock.*\n.*Roter Sand/);
});

test('names are text and no markup', () => {
  assert.match(page([{ name: '<b>', flashes: 1, period: 5 }], '1.0.0'), /&lt;b&gt;/);
});
