// What is in the published package, as an SPDX document: what is bundled, and what npm installs beside it.
import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');

/** A package as npm's own list of what it installed has it. */
interface Installed {
  readonly version?: string;
  readonly integrity?: string;
  readonly license?: string;
  readonly dev?: boolean;
  readonly optional?: boolean;
}

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license: string;
}

interface Listed extends Installed {
  readonly name: string;
  readonly version: string;
}

const ROOT_ID = 'SPDXRef-slipway';

const idOf = ({ name, version }: Listed): string =>
  `SPDXRef-npm-${`${name}-${version}`.replaceAll(/[^A-Za-z0-9.-]/g, '-')}`;

// As the scheme has it: a scope is a namespace, and its sign is encoded.
const purlOf = ({ name, version }: Pick<Listed, 'name' | 'version'>): string =>
  `pkg:npm/${name.replace('@', '%40')}@${version}`;

function readJson<T>(path: string): T {
  return JSON.parse(readFileSync(join(root, path), 'utf8')) as T; // npm's own files, and ours
}

function listed(): readonly (Listed & { readonly place: string })[] {
  const { packages } = readJson<{ packages: Record<string, Installed> }>('node_modules/.package-lock.json');
  return Object.entries(packages).flatMap(([place, found]) => {
    const name = /(?:^|\/)node_modules\/((?:@[^/]+\/)?[^/]+)$/.exec(place)?.[1];
    return name === undefined || found.version === undefined
      ? []
      : [{ ...found, name, version: found.version, place }];
  });
}

function packageOf(found: Listed, isBundled: boolean): object {
  const [algorithm, digest] = (found.integrity ?? '').split('-');
  const license = found.license ?? 'NOASSERTION';
  return {
    SPDXID: idOf(found),
    name: found.name,
    versionInfo: found.version,
    downloadLocation: 'NOASSERTION',
    filesAnalyzed: false,
    licenseConcluded: license,
    licenseDeclared: license,
    copyrightText: 'NOASSERTION',
    comment: isBundled ? 'bundled: a part of the files in dist/' : 'installed beside the package by npm',
    ...(algorithm === 'sha512' &&
      digest !== undefined && {
        checksums: [{ algorithm: 'SHA512', checksumValue: Buffer.from(digest, 'base64').toString('hex') }],
      }),
    externalRefs: [
      { referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator: purlOf(found) },
    ],
  };
}

/** When it was made: what reproducible builds say, else now. */
function created(): string {
  const seconds = Number(process.env['SOURCE_DATE_EPOCH'] ?? Date.now() / 1000);
  return new Date(seconds * 1000).toISOString().replace(/\.\d+Z$/, 'Z');
}

/**
 * The SPDX 2.3 document of the package, in JSON.
 *
 * @param bundled - names of the packages whose code is in `dist/`
 */
export function sbom(bundled: ReadonlySet<string>): string {
  const own = readJson<Manifest>('package.json');
  const all = listed();
  // Of several versions of a package the one at the top is bundled: nothing that is bundled has another one.
  const isBundled = ({ name, place }: (typeof all)[number]): boolean =>
    bundled.has(name) && place === `node_modules/${name}`;
  const named = all.filter((found) => isBundled(found) || !found.dev);
  const unique = [...new Map(named.map((found) => [idOf(found), found])).values()];
  const missing = [...bundled].filter((name) => !unique.some((found) => found.name === name));
  if (missing.length > 0) throw new Error(`bundled, and not among what npm installed: ${missing.join(', ')}`);
  const packages = unique.map((found) => packageOf(found, isBundled(found)));
  const namespace = hash('sha256', JSON.stringify([own.version, packages]));
  const document = {
    spdxVersion: 'SPDX-2.3',
    dataLicense: 'CC0-1.0',
    SPDXID: 'SPDXRef-DOCUMENT',
    name: `${own.name}-${own.version}`,
    documentNamespace: `https://slipway.build/spdx/${own.name}-${own.version}/${namespace}`,
    creationInfo: { created: created(), creators: [`Tool: ${own.name}-${own.version}`] },
    packages: [
      {
        SPDXID: ROOT_ID,
        name: own.name,
        versionInfo: own.version,
        downloadLocation: 'NOASSERTION',
        filesAnalyzed: false,
        licenseConcluded: own.license,
        licenseDeclared: own.license,
        copyrightText: 'NOASSERTION',
        primaryPackagePurpose: 'APPLICATION',
        externalRefs: [
          { referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator: purlOf(own) },
        ],
      },
      ...packages,
    ],
    relationships: [
      relationship('SPDXRef-DOCUMENT', 'DESCRIBES', ROOT_ID),
      ...unique.map((found) =>
        relationship(ROOT_ID, isBundled(found) ? 'CONTAINS' : 'DEPENDS_ON', idOf(found)),
      ),
    ],
  };
  return `${JSON.stringify(document, null, 1)}\n`;
}

const relationship = (from: string, relationshipType: string, to: string): object => ({
  spdxElementId: from,
  relationshipType,
  relatedSpdxElement: to,
});
