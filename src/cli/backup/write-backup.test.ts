import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { currentOwner } from '../../kernel/index.ts';
import { backupToFile } from './write-backup.ts';

it('a backup removes what one that was killed left in the folder, and nothing of anybody else', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  // Another process that had the same id.
  const other = currentOwner().process.replace(/\d+$/, '1');
  const gone = `.slipway-backup-${encodeURIComponent(hostname())}_${other}`;
  const kept = [
    `.slipway-backup-another-host_${other}`,
    '.slipway-backup-%_1.2.3.4',
    '.slipway-backup-notes',
    'slipway.tar.7.part',
  ];
  for (const name of [gone, ...kept]) writeFileSync(join(folder, name), 'half');
  async function* cut(): AsyncGenerator<Uint8Array> {
    yield Buffer.alloc(512);
    expect(readdirSync(folder)).toContainEqual(expect.stringContaining(currentOwner().process));
    throw new Error('the server is gone');
  }
  await expect(backupToFile(cut(), join(folder, 'slipway.tar'))).rejects.toThrow();
  expect(readdirSync(folder).toSorted()).toEqual(kept.toSorted());
});
