import type { ArchiveFormat } from '../contents/layout-content.ts';
import type { Claim } from '../links/authorize.ts';
import type { LinkResource } from '../links/sign-link.ts';
import { readParameters } from '../parameters.ts';
import { DownloadRefusal } from '../refusal.ts';

/** What a request to the original's route asks for. */
export interface Ask {
  /** `a`: relative to the folder, or an object's name. */
  readonly artifact: string;
  /** `s`: a folder of this machine. */
  readonly folder: string | undefined;
  /** `t`: where the objects are. */
  readonly tenancy: string | undefined;
  /** One file out of a stored tar. Ours. */
  readonly path: string | undefined;
  /** An archive that is made on the fly. Ours. */
  readonly format: ArchiveFormat | undefined;
  readonly claim: Claim;
}

const FORMATS: readonly ArchiveFormat[] = ['tar', 'tar.gz', 'zip'];

/**
 * Reads a request's address; an empty value is none. Throws `DownloadRefusal` `BAD_REQUEST` where it does not parse, and where
 * it names no artifact.
 */
export function readAsk(url: string, authorization: string | undefined): Ask {
  const parameters = readParameters(url);
  const value = (name: string): string | undefined => parameters.get(name) || undefined;
  const artifact = value('a');
  if (artifact === undefined) throw new DownloadRefusal('BAD_REQUEST', 'missing artifact a=');
  const [folder, tenancy, path] = [value('s'), value('t'), value('path')];
  const resource = artifactResource({ artifact, folder, tenancy, path });
  const [expires, signature] = [parameters.get('expires'), parameters.get('signature')];
  return {
    artifact,
    folder,
    tenancy,
    path,
    format: readFormat(value('as')),
    claim: { resource, expires, signature, authorization },
  };
}

function readFormat(text: string | undefined): ArchiveFormat | undefined {
  const format = FORMATS.find((each) => each === text);
  if (text === undefined || format !== undefined) return format;
  throw new DownloadRefusal('BAD_REQUEST', `as= takes ${FORMATS.join(', ')}`);
}

const parts = (path: string): string[] => path.split('/').filter((part) => part !== '');

/**
 * What a link to the original's route is signed for: `['local', FOLDER, …ARTIFACT]` or `['oci', TENANCY, …ARTIFACT]`, then
 * `files` and the parts of `path`.
 */
export function artifactResource(asked: Pick<Ask, 'artifact' | 'folder' | 'tenancy' | 'path'>): LinkResource {
  const { artifact, folder, tenancy = '', path = '' } = asked;
  const files = parts(path);
  const place = folder === undefined ? ['oci', tenancy] : ['local', folder];
  return [...place, ...parts(artifact), ...(files.length === 0 ? [] : ['files', ...files])];
}
