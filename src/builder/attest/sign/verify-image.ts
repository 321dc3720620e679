import type { KeyObject } from 'node:crypto';
import { openEnvelope } from './envelope.ts';
import { type EnvelopesOf, listEnvelopes, readEnvelope } from './envelopes.ts';
import { PROVENANCE_PREDICATE } from './sign-statements.ts';
import { publicSigningKey } from './signing-keys.ts';

/** A statement about an image that a trusted key has signed. */
export interface VerifiedStatement {
  readonly predicateType: string;
  /** The id of the key. */
  readonly signedBy: string;
  /** Of a provenance: what it says. */
  readonly provenance?: VerifiedProvenance;
}

export interface VerifiedProvenance {
  /** A URI that means the builder. */
  readonly builderId: string;
  readonly buildId?: string;
  readonly source?: string;
  readonly sourceDigest?: string;
  readonly kind?: string;
  readonly requirementsDigest?: string;
  readonly target?: string;
  /** ISO 8601 */
  readonly finishedAt?: string;
}

export interface VerifiedImage {
  readonly statements: readonly VerifiedStatement[];
  /** Statements that none of the keys has signed, that are about another image, or that cannot be read. */
  readonly others: number;
}

/**
 * What trusted keys say of exactly this image: of each statement the signature is checked, and that its subject is the image's
 * digest. Throws `RegistryError`.
 */
export async function verifyImage(of: EnvelopesOf, trusted: readonly KeyObject[]): Promise<VerifiedImage> {
  const statements: VerifiedStatement[] = [];
  const layers = await listEnvelopes(of);
  for (const layer of layers) {
    const verified = await verifyOne(await readEnvelope(of, layer), of.digest, trusted);
    if (verified !== undefined) statements.push(verified);
  }
  return { statements, others: layers.length - statements.length };
}

async function verifyOne(
  bytes: Buffer,
  digest: string,
  trusted: readonly KeyObject[],
): Promise<VerifiedStatement | undefined> {
  const opened = await openEnvelope(bytes, trusted);
  if (opened === undefined) return undefined;
  const { Statement } = await import('./schema.ts');
  const read = Statement.safeParse(JSON.parse(opened.statement.toString()));
  const isAbout = read.data?.subject.some(({ digest: { sha256 } }) => `sha256:${sha256}` === digest);
  if (!read.success || !isAbout) return undefined;
  const { predicateType, predicate } = read.data;
  const provenance = predicateType === PROVENANCE_PREDICATE ? await readProvenance(predicate) : undefined;
  return {
    predicateType,
    signedBy: publicSigningKey(opened.key).id,
    ...(provenance && { provenance }),
  };
}

async function readProvenance(predicate: unknown): Promise<VerifiedProvenance | undefined> {
  const { Provenance } = await import('./schema.ts');
  const read = Provenance.safeParse(predicate);
  if (!read.success) return undefined;
  const { buildDefinition, runDetails } = read.data;
  const { source, target, kind, requirements } = buildDefinition.externalParameters;
  const [dependency] = buildDefinition.resolvedDependencies ?? [];
  const { invocationId: buildId, finishedOn: finishedAt } = runDetails.metadata ?? {};
  const facts = {
    buildId,
    source,
    sourceDigest: dependency && `sha256:${dependency.digest.sha256}`,
    kind,
    requirementsDigest: requirements && `sha256:${requirements.digest.sha256}`,
    target,
    finishedAt,
  };
  return { builderId: runDetails.builder.id, ...present(facts) };
}

function present<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const found = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(found) as { [K in keyof T]?: Exclude<T[K], undefined> }; // only those are left
}
