import { type ArtifactQuery, artifactPath, folderPage, runPage } from '../runs/paths.ts';
import { resourceOf } from '../runs/run-request.ts';
import type { LinkKeys } from './link-keys.ts';
import { signLink } from './sign-link.ts';

export interface RunLinkOptions {
  readonly runId: string;
  /** Absent: the link is for the run's page, and for all that it leads to. */
  readonly artifact?: {
    readonly name: string;
    readonly query?: ArtifactQuery;
    /** `query.path` is a folder and no archive is asked for: the link leads to its page. */
    readonly isFolder?: boolean;
  };
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
  readonly keys: LinkKeys;
}

/** A signed link to a run's page, to one of its artifacts, or to a part of that; it begins with `/`. */
export function signRunLink({ runId, artifact, expiresAt, keys }: RunLinkOptions): string {
  const { name, query = {}, isFolder = false } = artifact ?? {};
  const signature = signLink({ resource: resourceOf(runId, name, query.path), expiresAt, keys });
  if (name === undefined) return runPage(runId, signature);
  if (isFolder) return folderPage(runId, name, query.path ?? '', signature);
  return artifactPath(runId, name, query, signature);
}
