import type { BuildOrder } from '../images/build-form.ts';
import { ask } from './ask.ts';
import type { ListPage, ListQuestion } from './use-list.ts';

// Image builds as the builder tells its operators of them (docs/contracts/builder.md). Moments are ISO 8601.

export type BuildState = 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled';

export interface Build {
  readonly id: string;
  readonly jobName: string;
  /** Of what the image is made of: the same again is the same image. */
  readonly key: string;
  readonly user: string;
  readonly source: string;
  /** `user:tag` */
  readonly target: string;
  readonly kind?: string;
  readonly state: BuildState;
  readonly phase?: 'prepare' | 'build' | 'push' | 'attest';
  readonly reason?: string;
  readonly message?: string;
  readonly fileDigest?: string;
  readonly sourceDigest?: string;
  readonly image?: {
    readonly reference: string;
    readonly digest: string;
    readonly sizeBytes?: number;
    readonly addedBytes?: number;
  };
  readonly reusedFrom?: string;
  readonly extends?: string;
  readonly attempts: number;
  readonly createdAt: string;
  readonly startedAt?: string;
  readonly endedAt?: string;
  readonly attestation?: 'attached' | 'failed' | 'off';
}

export interface ImageReport {
  readonly digest: string;
  readonly sizeBytes: number;
  readonly addedBytes: number;
  readonly layers: readonly {
    readonly digest: string;
    readonly sizeBytes: number;
    readonly isAdded: boolean;
  }[];
  readonly packages: readonly ImagePackage[];
  readonly attached: { readonly sbom?: string; readonly provenance?: string };
}

export interface ImagePackage {
  readonly name: string;
  readonly version: string;
  readonly purl: string;
  readonly license?: string;
  readonly sizeBytes?: number;
  readonly isAdded: boolean;
}

/** What can be built here. */
export interface Capabilities {
  readonly builders: readonly { readonly id: string; readonly kind: string }[];
  readonly backend: { readonly isWell: boolean; readonly about: string };
}

export const BUILDS = '/api/slipway/v1/builds';

const buildPath = (id: string): string => `${BUILDS}/${encodeURIComponent(id)}`;

/** Builds, the newest first. */
export async function listBuilds(
  { state }: { readonly state?: string | undefined },
  { limit, after, signal }: ListQuestion,
): Promise<ListPage<Build>> {
  const { builds, continuationToken } = await ask<{
    readonly builds: readonly Build[];
    readonly continuationToken?: string;
  }>(BUILDS, { query: { state, limit, continuationToken: after }, signal });
  return { items: builds, next: continuationToken };
}

export async function getBuild(id: string, signal?: AbortSignal): Promise<Build> {
  const { build } = await ask<{ readonly build: Build }>(buildPath(id), { signal });
  return build;
}

/** What is in an image that was built. */
export async function getReport(id: string, signal?: AbortSignal): Promise<ImageReport> {
  const { report } = await ask<{ readonly report: ImageReport }>(`${buildPath(id)}/report`, { signal });
  return report;
}

export const getCapabilities = (signal?: AbortSignal): Promise<Capabilities> =>
  ask<Capabilities>(`${BUILDS}/capabilities`, { signal });

/** Ends a build, and gives it as it is when nothing of it goes on. */
export async function cancelBuild(id: string): Promise<Build> {
  const { build } = await ask<{ readonly build: Build }>(`${buildPath(id)}/cancel`, {
    method: 'POST',
    isRepeatable: true,
  });
  return build;
}

/** Begins a build, or finds the one that made the same image. */
export async function orderBuild({ type, body }: BuildOrder): Promise<Build> {
  const path = type === 'ensure' ? `${BUILDS}/ensure` : BUILDS;
  const { build } = await ask<{ readonly build: Build }>(path, { method: 'POST', body });
  return build;
}

/** Where the log of a build is; the log viewer asks it with `start` and `follow`. */
export const buildLogAddress = (id: string): string => `${buildPath(id)}/log`;
