import { RegistryError } from '../error.ts';
import type { Caller, WholeAnswer } from './caller.ts';
import { parseJson } from './json.ts';
import { MAX_MANIFEST_BYTES, OCI_INDEX, readManifest } from './manifests.ts';
import { checkedDigest, checkedRepository } from './names.ts';
import { nextPage } from './next-page.ts';
import type { CallOptions, Descriptor } from './registry-client.ts';
import { scopeOf } from './scope.ts';

const MAX_PAGES = 100;
const TIME_LIMIT_MS = 60_000;

/** Whether a registry has the route, once that is known. */
export interface ReferrersRoute {
  isThere?: boolean;
}

export interface ReferrersOptions extends CallOptions {
  readonly artifactType?: string;
}

/** The tag under which an index says what belongs to a manifest, where the registry keeps no account of it. */
export const referrersTag = (digest: string): string => digest.replace(':', '-').slice(0, 128);

/** Whether a tag is no image's: such an index's, or that of what cosign attached to one. */
export const isReferrersTag = (tag: string): boolean =>
  /^sha(?:256-[0-9a-f]{64}(?:\.(?:att|sig|sbom))?|512-[0-9a-f]{121})$/.test(tag);

/** The tags under which cosign, and others that do as it does, keep statements and signatures about a manifest. */
export const attachmentTags = (digest: string): readonly string[] =>
  ['att', 'sig', 'sbom'].map((ending) => `${digest.replace(':', '-')}.${ending}`);

export async function listReferrers(
  caller: Caller,
  route: ReferrersRoute,
  asked: { readonly repository: string; readonly digest: string },
  options: ReferrersOptions = {},
): Promise<readonly Descriptor[]> {
  const { repository, digest } = asked;
  const own = route.isThere === false ? undefined : await byRoute(caller, asked, options);
  route.isThere = own !== undefined;
  const all = own ?? (await readTagged(caller, repository, referrersTag(digest), options)).descriptors;
  const { artifactType } = options; // registries may, and need not, have left out the others
  return artifactType === undefined ? all : all.filter((one) => one.artifactType === artifactType);
}

/** `undefined`: the registry has no such route. */
async function byRoute(
  caller: Caller,
  { repository, digest }: { readonly repository: string; readonly digest: string },
  { artifactType, signal }: ReferrersOptions,
): Promise<readonly Descriptor[] | undefined> {
  const path = `/v2/${checkedRepository(repository)}/referrers/${checkedDigest(digest)}`;
  const what = `what belongs to ${repository}@${digest}`;
  const call = { method: 'GET', what, scopes: [scopeOf(repository, 'pull')], signal } as const;
  const limits = { timeLimitMs: TIME_LIMIT_MS, headers: { accept: OCI_INDEX } };
  const seen = new Set<string>();
  const found: Descriptor[] = [];
  let query = artifactType === undefined ? '' : `?artifactType=${encodeURIComponent(artifactType)}`;
  for (;;) {
    seen.add(query);
    const asked = { ...call, ...limits, path: `${path}${query}`, accept: [200, 400, 404, 405, 501] };
    const whole = await caller.read(asked, MAX_MANIFEST_BYTES);
    if (!isIndex(whole)) return undefined;
    found.push(...(await descriptorsIn(whole.body, what)));
    const next = nextPage(whole.answer, path);
    if (next === undefined) return found;
    if (seen.has(next) || seen.size === MAX_PAGES)
      throw new RegistryError('PROTOCOL', `${what}: the registry's list has no end`);
    query = next;
  }
}

/** Registries that do not know the route answer 404, or with a page for people. */
const isIndex = ({ answer }: WholeAnswer): boolean =>
  answer.status === 200 && (answer.header('content-type') ?? '').startsWith(OCI_INDEX);

/** The index under a referrers' tag. */
export interface TaggedIndex {
  /** `undefined`: there is none yet. */
  readonly digest: string | undefined;
  readonly descriptors: readonly Descriptor[];
}

export async function readTagged(
  caller: Caller,
  repository: string,
  tag: string,
  options: CallOptions,
): Promise<TaggedIndex> {
  const manifest = await readManifest(caller, { repository, reference: tag }, options);
  if (manifest === undefined) return { digest: undefined, descriptors: [] };
  const what = `the index ${repository}:${tag}`;
  if (manifest.mediaType !== OCI_INDEX)
    throw new RegistryError('PROTOCOL', `${what}: it is no index but ${manifest.mediaType}`);
  return { digest: manifest.digest, descriptors: await descriptorsIn(manifest.bytes, what) };
}

async function descriptorsIn(bytes: Buffer, what: string): Promise<readonly Descriptor[]> {
  const { ManifestFields } = await import('./schema.ts');
  const read = ManifestFields.safeParse(parseJson(bytes));
  if (read.data?.manifests === undefined) throw new RegistryError('PROTOCOL', `${what}: it is no index`);
  return read.data.manifests.map(asDescriptor);
}

interface ReadDescriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly artifactType?: string | undefined;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
}

export const asDescriptor = ({
  mediaType,
  digest,
  size,
  artifactType,
  annotations,
}: ReadDescriptor): Descriptor => ({
  mediaType,
  digest,
  size,
  ...(artifactType !== undefined && { artifactType }),
  ...(annotations !== undefined && { annotations }),
});
