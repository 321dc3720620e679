import type { FolderLocation } from '../location.ts';
import type { ObjectStore } from '../store.ts';

export async function openFolderStore(location: FolderLocation): Promise<ObjectStore> {
  throw new Error(`not there yet: ${location.type}`);
}
