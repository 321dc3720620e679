// Swaps a folder for a link and back, as fast as it goes, until it is ended: swap-for-link.ts FOLDER TARGET
import { renameSync, rmSync, symlinkSync, writeSync } from 'node:fs';

const [folder = '', target = ''] = process.argv.slice(2);
const aside = `${folder}.aside`;

function attempt(action: () => void): boolean {
  try {
    action();
    return true;
  } catch {
    return false; // whoever uses the folder made one in the moment in which there was none
  }
}

writeSync(1, 'ready\n');
for (;;) {
  if (attempt(() => renameSync(folder, aside))) attempt(() => symlinkSync(target, folder));
  attempt(() => rmSync(folder));
  while (!attempt(() => renameSync(aside, folder))) attempt(() => rmSync(folder, { recursive: true }));
}
