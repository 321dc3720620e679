import type { AttestOptions } from './attest-options.ts';
import { PROVENANCE_PREDICATE } from './sign/sign-statements.ts';

/** What is said of how an image was made. */
export type ProvenanceOptions = Pick<
  AttestOptions,
  'repository' | 'digest' | 'build' | 'builderId' | 'builderVersions' | 'endedAt'
>;

/** What the parameters mean is told there: `docs/contracts/registry.md`, as others find it. */
const BUILD_TYPE = 'https://slipway.build/runtime-image/v1';

/** How an image was made, as an in-toto statement with SLSA provenance 1.0; the same build gives the same bytes. */
export function provenanceStatement(options: ProvenanceOptions): Buffer {
  const { repository, digest, build, builderId, builderVersions, endedAt } = options;
  const { id, source, sourceDigest, target, kind, fileDigest, startedAt, extends: parent } = build;
  const file = fileDigest === undefined ? {} : { requirements: { digest: digestSet(fileDigest) } };
  const statement = {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ name: repository, digest: digestSet(digest) }],
    predicateType: PROVENANCE_PREDICATE,
    predicate: {
      buildDefinition: {
        buildType: BUILD_TYPE,
        externalParameters: {
          source,
          target: `${target.repository}:${target.tag}`,
          ...(kind !== undefined && { kind }),
          ...file,
        },
        internalParameters: { key: build.key, ...(parent !== undefined && { extends: parent }) },
        resolvedDependencies:
          sourceDigest === undefined ? [] : [{ name: source, digest: digestSet(sourceDigest) }],
      },
      runDetails: {
        builder: { id: builderId, version: builderVersions },
        metadata: {
          invocationId: id,
          ...(startedAt !== undefined && { startedOn: new Date(startedAt).toISOString() }),
          finishedOn: new Date(endedAt).toISOString(),
        },
      },
    },
  };
  return Buffer.from(JSON.stringify(statement));
}

/** `sha256:…` as these statements write it. */
function digestSet(digest: string): Readonly<Record<string, string>> {
  const [algorithm = '', hex = ''] = digest.split(':');
  return { [algorithm]: hex };
}
