import type { AttestOptions } from '../attest/attest-options.ts';
import type { ImageReport } from '../attest/image-report.ts';
import type { BuildContext } from '../backend.ts';
import type { Build, RuntimeKind } from '../build.ts';

/** What is installed into which image. */
export interface Installation {
  /** Whose build it is: caches are theirs alone. */
  readonly user: string;
  /** Absent where there is no file either. */
  readonly kind?: RuntimeKind;
  /** The image after FROM. */
  readonly source: string;
  /** The requirement file's text. Absent: nothing is installed. */
  readonly file?: string;
}

/** How requirements get into an image: `kinds/` with its settings. Pure, and safe to call at any time. */
export interface Recipe {
  /** Goes up with every change of what a build makes of the same request, and names the settings that count for it. */
  readonly version: string;
  writeContext(installation: Installation): BuildContext;
  /**
   * Whether an image with the older file has a part of what the newer one asks for, and nothing else, so that it may be built on.
   * `false` where the kind cannot tell.
   */
  isSubset(kind: RuntimeKind, olderFile: string, newerFile: string): boolean;
}

/** `attestImage`, with what is the same for all builds of a server. */
export type AttestBuild = (
  options: Omit<AttestOptions, 'builderId' | 'builderVersions' | 'layers'>,
) => Promise<ImageReport>;

/** What happens to builds on this server, for metrics. Called after it is durable; what they throw is lost. */
export interface BuilderEvents {
  /** Somebody asked for it; `state` is `queued`, or `succeeded` where its image was there. */
  onStarted?(build: Build): void;
  /** This server begins with it. */
  onBegun?(build: Build, waitedMs: number): void;
  /** This server ended it. */
  onEnded?(build: Build): void;
}
