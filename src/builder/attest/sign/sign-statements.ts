import type { KeyObject } from 'node:crypto';
import { sealStatement } from './envelope.ts';
import { type EnvelopesOf, storeEnvelopes } from './envelopes.ts';

export const PROVENANCE_PREDICATE = 'https://slsa.dev/provenance/v1';
export const SPDX_PREDICATE = 'https://spdx.dev/Document';

/** What is said of an image. */
export interface Statements {
  /** A whole statement. */
  readonly provenance: Buffer;
  /** A document of SPDX, which becomes the predicate of a statement. */
  readonly sbom: Buffer;
}

/** Signs both, and stores them with the image. Throws `RegistryError`. */
export async function signStatements(
  of: EnvelopesOf,
  { provenance, sbom }: Statements,
  signer: KeyObject,
): Promise<void> {
  const head = {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ name: of.repository, digest: { sha256: of.digest.replace('sha256:', '') } }],
    predicateType: SPDX_PREDICATE,
  };
  // The document as it is, without being read once more.
  const sbomStatement = Buffer.concat([
    Buffer.from(`${JSON.stringify(head).slice(0, -1)},"predicate":`),
    sbom,
    Buffer.from('}'),
  ]);
  await storeEnvelopes(of, [
    { predicateType: PROVENANCE_PREDICATE, bytes: sealStatement(provenance, signer) },
    { predicateType: SPDX_PREDICATE, bytes: sealStatement(sbomStatement, signer) },
  ]);
}
