import type { KeyObject } from 'node:crypto';
import type { RegistryClient } from '../../registry/index.ts';
import type { Build } from '../build.ts';
import type { ImageReport } from './image-report.ts';

/** Which image, what is said of it, and who says so. */
export interface AttestOptions {
  /** Of the registry that the image was pushed to. */
  readonly client: RegistryClient;
  readonly repository: string;
  /** `sha256:…` of the manifest that was pushed. */
  readonly digest: string;
  /** `sourceDigest`, `fileDigest` and `startedAt` are a part of what is said where they are there. */
  readonly build: Omit<Build, 'state' | 'phase'>;
  /** A URI that means this builder: where its API is. */
  readonly builderId: string;
  /** The platform's own version, and what else builds: `{ slipway: '1.2.0', 'Docker Engine': '28.2.2' }`. */
  readonly builderVersions: Readonly<Record<string, string>>;
  /** When the image was built: milliseconds since the epoch. */
  readonly endedAt: number;
  /** Signs SBOM and provenance, ECDSA on P-256. Absent: they are not signed. */
  readonly signer?: KeyObject;
  /** What is known of layers that were read before. Absent: every layer is read. */
  readonly layers?: LayerMemory;
  /** A sentence about something that could not be read; the report is made without it. */
  readonly onNotice?: (text: string) => void;
  readonly signal: AbortSignal;
}

/**
 * Reads what an image has in its registry, attaches SBOM and provenance, and gives the report. May be repeated: what is
 * attached already is found again. Throws `RegistryError`, and `signal.reason`; a layer that cannot be understood is a notice.
 */
export type AttestImage = (options: AttestOptions) => Promise<ImageReport>;

/** Remembers what was found in layers, by their digests. A memory that fails is as good as an empty one. */
export interface LayerMemory {
  /** `undefined`: not known, or not readable any more. */
  read(digest: string): Promise<Buffer | undefined>;
  write(digest: string, content: Buffer): Promise<void>;
}
