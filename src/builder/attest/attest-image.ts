import type { AttestOptions } from './attest-options.ts';
import type { ImageReport } from './image-report.ts';
import { provenanceStatement } from './provenance.ts';
import { readImageReport } from './read-image-report.ts';
import { PROVENANCE_PREDICATE, signStatements } from './sign/sign-statements.ts';
import { spdxDocument } from './spdx.ts';

/** The types of what is attached. */
export const SBOM_TYPE = 'application/spdx+json';
export const PROVENANCE_TYPE = 'application/vnd.in-toto+json';

/**
 * Reads what an image has in its registry, attaches SBOM and provenance, and gives the report. May be repeated: what is
 * attached already is found again. Throws `RegistryError`; a layer that cannot be understood is a notice.
 */
export async function attestImage(options: AttestOptions): Promise<ImageReport> {
  const { client, repository, digest, signal, layers, onNotice } = options;
  const { image, report } = await readImageReport({ client, repository, digest, signal, layers, onNotice });
  const { subject } = image;
  const attach = async (artifactType: string, bytes: Buffer, annotations: Readonly<Record<string, string>>) =>
    await client.attach(
      repository,
      { subject, artifactType, mediaType: artifactType, bytes, annotations },
      { signal },
    );
  const created = { 'org.opencontainers.image.created': new Date(options.endedAt).toISOString() };
  const statements = {
    sbom: await spdxDocument(report, options),
    provenance: provenanceStatement(options),
  };
  const sbom = await attach(SBOM_TYPE, statements.sbom, created);
  const provenance = await attach(PROVENANCE_TYPE, statements.provenance, {
    ...created,
    'in-toto.io/predicate-type': PROVENANCE_PREDICATE,
  });
  if (options.signer)
    await signStatements({ client, repository, digest: subject.digest, signal }, statements, options.signer);
  return { ...report, attached: { sbom, provenance } };
}
