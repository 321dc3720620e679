import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { describeStoreContract } from '../contract.ts';
import { openFolderStore } from './open-folder-store.ts';

describeStoreContract('a folder', {
  open: async (options) => {
    const folder = mkdtempSync(join(tmpdir(), 'slipway-store-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    return await openFolderStore({ type: 'folder', folder }, options);
  },
});
