import { expect, it } from 'vitest';
import { sbom } from '../../scripts/sbom.ts';

interface Sbom {
  readonly spdxVersion: string;
  readonly packages: readonly {
    readonly SPDXID: string;
    readonly name: string;
    readonly versionInfo: string;
    readonly licenseDeclared: string;
    readonly checksums?: readonly { readonly checksumValue: string }[];
    readonly externalRefs: readonly { readonly referenceLocator: string }[];
  }[];
  readonly relationships: readonly {
    readonly relationshipType: string;
    readonly relatedSpdxElement: string;
  }[];
}

const read = (...bundled: string[]): Sbom => JSON.parse(sbom(new Set(bundled)));

it('lists what is bundled, the page included, and what npm installs beside the package', () => {
  const { spdxVersion, packages, relationships } = read('fastify', 'preact');
  expect(spdxVersion).toBe('SPDX-2.3');
  const find = (name: string) => packages.find((found) => found.name === name);
  const how = (name: string): unknown =>
    relationships.find(({ relatedSpdxElement }) => relatedSpdxElement === find(name)?.SPDXID)
      ?.relationshipType;
  expect(['fastify', 'preact', 'zod', '@aws-sdk/client-s3'].map(how)).toEqual([
    'CONTAINS',
    'CONTAINS',
    'DEPENDS_ON',
    'DEPENDS_ON',
  ]);
  expect(find('vitest')).toBeUndefined();
  expect(find('preact')?.externalRefs[0]?.referenceLocator).toMatch(/^pkg:npm\/preact@10\./);
  expect(find('@aws-sdk/client-s3')?.externalRefs[0]?.referenceLocator).toMatch(/^pkg:npm\/%40aws-sdk\//);
});

it('knows licence and digest of each, and names none twice', () => {
  const { packages, relationships } = read('fastify');
  expect(new Set(packages.map(({ SPDXID }) => SPDXID)).size).toBe(packages.length);
  for (const { SPDXID } of packages) expect(SPDXID).toMatch(/^SPDXRef-[A-Za-z0-9.-]+$/);
  expect(packages.filter(({ licenseDeclared }) => licenseDeclared === 'NOASSERTION')).toEqual([]);
  const without = packages.filter(
    ({ checksums }) => !/^[0-9a-f]{128}$/.test(checksums?.[0]?.checksumValue ?? ''),
  );
  expect(without.map(({ name }) => name)).toEqual(['slipway']);
  expect(relationships).toHaveLength(packages.length);
});

it('is the same again at the same time, and refuses what is not installed', () => {
  process.env['SOURCE_DATE_EPOCH'] = '1763769600';
  try {
    expect(sbom(new Set(['fastify']))).toBe(sbom(new Set(['fastify'])));
  } finally {
    delete process.env['SOURCE_DATE_EPOCH'];
  }
  expect(() => read('left-out')).toThrow('left-out');
});
