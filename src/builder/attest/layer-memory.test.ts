import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openLayerMemory } from './layer-memory.ts';

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-memory-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const digestOf = (index: number): string => `sha256:${index.toString(16).padStart(64, '0')}`;

describe('the memory of layers', () => {
  it('gives back what it was given, also to another one of the same folder', async () => {
    const content = Buffer.from('what a layer has');
    await openLayerMemory(join(folder, 'made')).write(digestOf(1), content);
    const other = openLayerMemory(join(folder, 'made'));
    expect((await other.read(digestOf(1)))?.toString()).toBe('what a layer has');
    expect(await other.read(digestOf(2))).toBeUndefined();
  });

  it('does not grow beyond its size', async () => {
    const memory = openLayerMemory(folder, { maxBytes: 10_000 });
    for (let index = 0; index <= 100; index += 1) await memory.write(digestOf(index), randomBytes(1000));
    expect(readdirSync(folder).length).toBeLessThan(10);
    expect(readdirSync(folder).length).toBeGreaterThan(5);
  });
});
