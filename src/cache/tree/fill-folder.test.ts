import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fillFolder, hasToStay } from './fill-folder.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-fill-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('a folder', () => {
  it('has to stay where somebody works in it or a disk is mounted there, and not otherwise', async () => {
    expect(await hasToStay(process.cwd())).toBe(true);
    expect(await hasToStay('/proc')).toBe(true);
    expect(await hasToStay('/')).toBe(true);
    expect(await hasToStay(folder)).toBe(false);
    expect(await hasToStay(join(folder, 'absent'))).toBe(false);
  });

  it('has what came in the place of what was there, with all modes, and nothing else', async () => {
    mkdirSync(join(folder, 'old'));
    writeFileSync(join(folder, 'same'), 'old');
    const fresh = join(folder, '.fresh');
    mkdirSync(join(fresh, 'closed'), { recursive: true });
    writeFileSync(join(fresh, 'closed/file'), 'x');
    chmodSync(join(fresh, 'closed'), 0o555);
    writeFileSync(join(fresh, 'same'), 'new');
    chmodSync(fresh, 0o750);
    await fillFolder(folder, fresh);
    expect(readdirSync(fresh)).toEqual([]);
    rmSync(fresh, { recursive: true });
    expect(readdirSync(folder).toSorted()).toEqual(['closed', 'same']);
    expect(readFileSync(join(folder, 'same'), 'utf8')).toBe('new');
    const modeOf = (path: string): number => lstatSync(path).mode & 0o777;
    expect([modeOf(folder), modeOf(join(folder, 'closed'))]).toEqual([0o750, 0o555]);
    chmodSync(join(folder, 'closed'), 0o755);
  });
});
