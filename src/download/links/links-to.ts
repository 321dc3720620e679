import { type ArtifactQuery, artifactPath, runPage } from '../runs/paths.ts';
import { resourceOf } from '../runs/run-request.ts';
import type { LinkKeys } from './link-keys.ts';
import { signLink } from './sign-link.ts';

export interface RunLinkOptions {
  readonly runId: string;
  /** Absent: the link is for the run's page, and for all that it leads to. */
  readonly artifact?: { readonly name: string; readonly query?: ArtifactQuery };
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
  readonly keys: LinkKeys;
}

/** A signed link to a run's page, to one of its artifacts, or to a part of that; it begins with `/`. */
export function signRunLink({ runId, artifact, expiresAt, keys }: RunLinkOptions): string {
  const { name, query = {} } = artifact ?? {};
  const signature = signLink({ resource: resourceOf(runId, name, query.path), expiresAt, keys });
  return name === undefined ? runPage(runId, { ...signature }) : artifactPath(runId, name, query, signature);
}
