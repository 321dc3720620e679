import { unreachable } from '../kernel/index.ts';
import type { ObjectStore } from './store.ts';

/** Where a store is, and what it takes to open it. */
export type StoreLocation = FolderLocation | S3Location | OciLocation | MemoryLocation;

export interface FolderLocation {
  readonly type: 'folder';
  /** Absolute; made (0700) where it is missing. An object is the plain file `<folder>/<key>`. */
  readonly folder: string;
  /** Room that stays free on its disk, in bytes. */
  readonly keepFreeBytes?: number;
}

export interface S3Location {
  readonly type: 's3';
  readonly bucket: string;
  readonly region: string;
  /** Absent: AWS's own. */
  readonly endpoint?: string;
  /** Absent: the usual chain of AWS (variables, profiles, roles, metadata). */
  readonly credentials?: S3Credentials;
  /** `none`: the server is not asked to encrypt; some cannot. @defaultValue AES256 */
  readonly encryption?: 'AES256' | 'none';
  /** How long it may send and take nothing before it counts as gone, in milliseconds. @defaultValue 30000 */
  readonly silenceMs?: number;
}

export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface OciLocation {
  readonly type: 'oci';
  readonly namespace: string;
  readonly bucket: string;
  readonly region: string;
  readonly key: OciApiKey;
  /** Absent: `https://objectstorage.REGION.oraclecloud.com`. */
  readonly endpoint?: string;
}

/** What signs requests. */
export interface OciApiKey {
  readonly tenancy: string;
  readonly user: string;
  readonly fingerprint: string;
  /** PEM. */
  readonly privateKey: string;
  readonly passphrase?: string;
}

export interface MemoryLocation {
  readonly type: 'memory';
}

/**
 * Opens a store; what speaks to clouds is loaded only then. Opening a folder removes what killed processes left half
 * written. Clouds are not asked anything yet. Throws `StoreError`.
 */
export async function openStore(location: StoreLocation): Promise<ObjectStore> {
  switch (location.type) {
    case 'folder':
      return await (await import('./fs/open-folder-store.ts')).openFolderStore(location);
    case 's3':
      return (await import('./s3/open-s3-store.ts')).openS3Store(location);
    case 'oci':
      return (await import('./oci/open-oci-store.ts')).openOciStore(location);
    case 'memory':
      return (await import('./memory/memory-store.ts')).openMemoryStore();
    default:
      return unreachable(location);
  }
}
