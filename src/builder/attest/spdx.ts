import { hash } from 'node:crypto';
import type { AttestOptions } from './attest-options.ts';
import type { ImagePackage, ImageReport } from './image-report.ts';
import { spdxLicense } from './license.ts';
import { Turns } from './turns.ts';

/** What the document is about, and who wrote it. */
export type SpdxOptions = Pick<
  AttestOptions,
  'repository' | 'build' | 'builderId' | 'builderVersions' | 'endedAt'
>;

const IMAGE = 'SPDXRef-image';

/** The packages of an image as an SPDX 2.3 document in JSON; the same image at the same time gives the same bytes. */
export async function spdxDocument(
  report: Omit<ImageReport, 'attached'>,
  options: SpdxOptions,
): Promise<Buffer> {
  const { repository, build, builderId, builderVersions, endedAt } = options;
  const name = `${repository}:${build.target.tag}`;
  const turns = new Turns();
  const packages: ReturnType<typeof spdxPackage>[] = [];
  for (const one of report.packages) {
    packages.push(spdxPackage(one));
    if (turns.isOver) await turns.next();
  }
  const document = {
    spdxVersion: 'SPDX-2.3',
    dataLicense: 'CC0-1.0',
    SPDXID: 'SPDXRef-DOCUMENT',
    name,
    documentNamespace: `${builderId.replace(/[#/]+$/, '')}/spdx/${build.id}/${report.digest.replace(':', '-')}`,
    creationInfo: {
      created: new Date(endedAt).toISOString().replace(/\.\d+Z$/, 'Z'),
      creators: Object.entries(builderVersions).map(([tool, version]) => `Tool: ${tool}-${version}`),
    },
    packages: [imagePackage(name, report), ...packages],
    relationships: [
      relationship('SPDXRef-DOCUMENT', 'DESCRIBES', IMAGE),
      ...packages.map(({ SPDXID }) => relationship(IMAGE, 'CONTAINS', SPDXID)),
    ],
  };
  return Buffer.from(JSON.stringify(document));
}

const relationship = (spdxElementId: string, relationshipType: string, relatedSpdxElement: string) => ({
  spdxElementId,
  relationshipType,
  relatedSpdxElement,
});

const UNKNOWN = {
  downloadLocation: 'NOASSERTION',
  filesAnalyzed: false,
  licenseConcluded: 'NOASSERTION',
} as const;

function imagePackage(name: string, { digest }: Pick<ImageReport, 'digest'>) {
  return {
    ...UNKNOWN,
    SPDXID: IMAGE,
    name,
    versionInfo: digest,
    primaryPackagePurpose: 'CONTAINER',
    licenseDeclared: 'NOASSERTION',
    copyrightText: 'NOASSERTION',
    checksums: [{ algorithm: 'SHA256', checksumValue: digest.slice(digest.indexOf(':') + 1) }],
  };
}

function spdxPackage({ name, version, purl, license }: ImagePackage) {
  const declared = spdxLicense(license);
  return {
    ...UNKNOWN,
    SPDXID: `SPDXRef-package-${hash('sha256', purl).slice(0, 24)}`,
    name,
    versionInfo: version,
    licenseDeclared: declared ?? 'NOASSERTION',
    ...(declared === undefined &&
      license !== undefined && { licenseComments: `The package says: ${license}` }),
    copyrightText: 'NOASSERTION',
    externalRefs: [{ referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator: purl }],
  };
}
