import type { ArchiveFormat } from '../contents/layout-content.ts';
import type { LinkSignature } from '../links/sign-link.ts';

/** What an archive that is made on the fly can be, in the order in which pages offer it. */
export const ARCHIVE_FORMATS: readonly ArchiveFormat[] = ['zip', 'tar.gz', 'tar'];

/** The signature of the link by which a page was reached; what the page links to gets it too. */
export type Carried = Partial<LinkSignature>;

export interface ArtifactQuery {
  /** A file or folder in the artifact. */
  readonly path?: string;
  /** Make an archive of it. */
  readonly as?: ArchiveFormat;
  /** Show it instead of saving it, where that is safe. */
  readonly view?: boolean;
}

function withQuery(path: string, values: Readonly<Record<string, string | undefined>>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) if (value !== undefined) query.set(name, value);
  return query.size === 0 ? path : `${path}?${query}`;
}

const part = encodeURIComponent;

/** The page of a run. */
export const runPage = (runId: string, carried: Carried = {}): string =>
  withQuery(`/runs/${part(runId)}`, { ...carried });

/** The page that lists one folder of an artifact; without `path` the outermost. */
export const folderPage = (runId: string, name: string, path: string, carried: Carried = {}): string =>
  withQuery(`/runs/${part(runId)}/artifacts/${part(name)}`, { path: path || undefined, ...carried });

/** The bytes of an artifact, or of a part of it. */
export const artifactPath = (
  runId: string,
  name: string,
  { path, as, view }: ArtifactQuery = {},
  carried: Carried = {},
): string =>
  withQuery(`/api/v1/runs/${part(runId)}/artifacts/${part(name)}`, {
    path,
    as,
    view: view ? '1' : undefined,
    ...carried,
  });

/** What leads to the bytes of the artifact that a run is for. */
export const mainArtifactPath = (runId: string, carried: Carried = {}): string =>
  withQuery(`/api/v1/runs/${part(runId)}/artifact`, { ...carried });
