import type { OciLocation } from '../location.ts';
import type { ObjectStore } from '../store.ts';

export function openOciStore(location: OciLocation): ObjectStore {
  throw new Error(`not there yet: ${location.type}`);
}
