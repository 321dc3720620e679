import { isSafeId } from '../../kernel/index.ts';
import type { Claim } from '../links/authorize.ts';
import type { LinkResource } from '../links/sign-link.ts';
import { readParameters } from '../parameters.ts';
import { DownloadRefusal } from '../refusal.ts';
import { ARCHIVE_FORMATS, type ArtifactQuery, type Carried } from './paths.ts';
import { nothingHere } from './refusals.ts';

/** What a request asks of a run. */
export interface RunAsked {
  /** Absent: all runs. */
  readonly runId?: string;
  /** An artifact of the run. */
  readonly name?: string;
  readonly query: ArtifactQuery;
  readonly resource: LinkResource;
  readonly carried: Carried;
  /** All of the query, first values only. */
  readonly parameters: ReadonlyMap<string, string>;
}

const MAX_PATH_BYTES = 4096;

/**
 * Reads what a request asks. The names come from the path, decoded. Throws `DownloadRefusal`: `BAD_REQUEST`, or `NOT_FOUND` for
 * names that no run and no artifact can have.
 */
export function readRunAsked(url: string, names: { runId?: string; name?: string }): RunAsked {
  const { runId, name } = names;
  for (const id of [runId, name]) if (id !== undefined && !isSafeId(id)) throw nothingHere();
  const parameters = readParameters(url);
  const query = readQuery(parameters);
  const [expires, signature] = [parameters.get('expires'), parameters.get('signature')];
  return {
    ...(runId !== undefined && { runId }),
    ...(name !== undefined && { name }),
    query,
    resource: resourceOf(runId, name, query.path),
    carried: { ...(expires !== undefined && { expires }), ...(signature !== undefined && { signature }) },
    parameters,
  };
}

function readQuery(parameters: ReadonlyMap<string, string>): ArtifactQuery {
  const [path, as] = [parameters.get('path'), parameters.get('as')];
  if (path !== undefined && Buffer.byteLength(path) > MAX_PATH_BYTES) {
    throw new DownloadRefusal('BAD_REQUEST', `path= is longer than ${MAX_PATH_BYTES} bytes`);
  }
  const format = ARCHIVE_FORMATS.find((each) => each === as);
  if (as !== undefined && format === undefined) {
    throw new DownloadRefusal('BAD_REQUEST', `as= takes ${ARCHIVE_FORMATS.join(', ')}`);
  }
  return {
    ...(path !== undefined && { path }),
    ...(format !== undefined && { as: format }),
    ...(parameters.get('view') === '1' && { view: true }),
  };
}

const parts = (path: string): string[] => path.split('/').filter((part) => part !== '');

/**
 * What a link for it is signed for: `['runs', id, 'artifacts', name, 'files', …]`. `..` in a path names nothing in an artifact
 * (`findEntry`), so that a link for a folder leads out of it only where the artifact itself has a link there.
 */
export function resourceOf(runId?: string, name?: string, path?: string): LinkResource {
  if (runId === undefined) return ['runs'];
  if (name === undefined) return ['runs', runId];
  const files = path === undefined ? [] : parts(path);
  return ['runs', runId, 'artifacts', name, ...(files.length === 0 ? [] : ['files', ...files])];
}

/** What the request shows to be let in. */
export const claimOf = (asked: RunAsked, authorization: string | undefined): Claim => ({
  resource: asked.resource,
  expires: asked.carried.expires,
  signature: asked.carried.signature,
  authorization,
});
