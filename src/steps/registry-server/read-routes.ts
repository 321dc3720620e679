import { isStepName } from '../publish-manifest.ts';
import { Refusal } from './refusal.ts';
import type { PublishedVersion, StepStore } from './step-store.ts';
import { type Identity, owns } from './tokens.ts';

export interface Reader {
  /** Absent: anybody. */
  readonly identity: Identity | undefined;
  /** What addresses in answers begin with. */
  readonly baseUrl: string;
}

const visibleTo =
  ({ identity }: Reader) =>
  ({ isPrivate, owner }: PublishedVersion): boolean =>
    !isPrivate || owns(identity, owner);

/** Finds the version that is asked for. One that may not be seen is answered like one that is not there. */
export async function findVersion(
  store: StepStore,
  [owner = '', name = '', wanted = '']: readonly string[],
  reader: Reader,
): Promise<PublishedVersion> {
  const isVisible = visibleTo(reader);
  const found =
    isStepName(owner) && isStepName(name) && wanted.length <= 200
      ? await store.newest({ owner, name, wanted, isVisible })
      : undefined;
  if (found !== undefined) return found;
  const hint = reader.identity === undefined ? ' (a private one needs a token)' : '';
  throw new Refusal('NOT_FOUND', `there is no such step or version${hint}`);
}

/** `GET /api/steps/OWNER/NAME/VERSION` */
export function describeVersion(version: PublishedVersion, { baseUrl }: Reader): object {
  const { owner, manifest, checksum, sizeBytes, publishedAt } = version;
  const path = [owner, manifest.name, manifest.version].map(encodeURIComponent).join('/');
  return {
    step: {
      owner,
      name: manifest.name,
      summary: manifest.summary,
      version: { number: manifest.version, published: publishedAt },
      tags: manifest.tags,
      checksum,
      size: sizeBytes,
      properties: manifest.properties,
      private: version.isPrivate,
      tarballUrl: `${baseUrl}/api/steps/${path}/tarball`,
    },
  };
}

/** `GET /api/steps` */
export async function listSteps(store: StepStore, reader: Reader): Promise<object> {
  const versions = await store.list(visibleTo(reader));
  const steps = versions.map(({ owner, manifest, publishedAt, isPrivate }) => ({
    owner,
    name: manifest.name,
    summary: manifest.summary,
    version: { number: manifest.version, published: publishedAt },
    private: isPrivate,
  }));
  return { steps };
}
