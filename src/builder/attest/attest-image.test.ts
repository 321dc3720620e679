import { mkdtempSync, readdirSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { pushContent } from '../../../test/support/push-image.ts';
import { openRegistry, type Registry } from '../../../test/support/registry.ts';
import { openRegistryClient, type RegistryClient } from '../../registry/index.ts';
import { attestImage, PROVENANCE_TYPE, SBOM_TYPE } from './attest-image.ts';
import type { AttestOptions, LayerMemory } from './attest-options.ts';
import { openLayerMemory } from './layer-memory.ts';
import { INSTALLED, layerTar, PACKINGS } from './testing/layers.ts';

/** What every SPDX 2.3 document and every package in it must have. */
const Spdx = z.strictObject({
  spdxVersion: z.literal('SPDX-2.3'),
  dataLicense: z.literal('CC0-1.0'),
  SPDXID: z.literal('SPDXRef-DOCUMENT'),
  name: z.string().min(1),
  documentNamespace: z.url().refine((url) => !url.includes('#')),
  creationInfo: z.strictObject({
    created: z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
    creators: z.array(z.string().regex(/^(?:Tool|Organization|Person): \S/)).min(1),
  }),
  packages: z.array(
    z.looseObject({
      SPDXID: z.string().regex(/^SPDXRef-[A-Za-z0-9.-]+$/),
      name: z.string().min(1),
      downloadLocation: z.string().min(1),
      filesAnalyzed: z.literal(false),
    }),
  ),
  relationships: z.array(
    z.strictObject({
      spdxElementId: z.string(),
      relationshipType: z.enum(['DESCRIBES', 'CONTAINS']),
      relatedSpdxElement: z.string(),
    }),
  ),
});

const HISTORY = [
  { created_by: '/bin/sh -c #(nop) ADD file:abc in / ' },
  { created_by: 'COPY package.json /tmp/package.json # buildkit' },
  { created_by: 'USER root', empty_layer: true },
  { created_by: 'RUN /bin/sh /dev/slipway/context/slipway-extend.sh # buildkit' },
  { created_by: 'USER nobody', empty_layer: true },
];

const BUILD: AttestOptions['build'] = {
  id: '0198c2f0-0000-7000-8000-000000000001',
  user: 'alice',
  jobName: 'build-alice-1',
  key: 'ab'.repeat(32),
  source: 'openserverless/runtime-nodejs:v20',
  sourceDigest: `sha256:${'5'.repeat(64)}`,
  target: { repository: 'alice', tag: 'extended' },
  kind: 'nodejs',
  fileDigest: `sha256:${'f'.repeat(64)}`,
  attempts: 1,
  createdAt: 1_790_000_000_000,
  startedAt: 1_790_000_001_000,
};

let registry: Registry;
let client: RegistryClient;
let digest: string;

beforeAll(async () => {
  registry = await openRegistry();
  client = openRegistryClient({ host: registry.host });
  const base = await layerTar(INSTALLED);
  const added = await layerTar({
    'node_modules/express/package.json': '{"name":"express","version":"5.0.0","license":"MIT"}',
    'node_modules/odd/package.json': '{"name":"odd","version":"1.0.0","license":"SEE LICENSE IN x"}',
    'node_modules/.wh.lodash': '',
  });
  const image = await pushContent(client, 'alice', 'extended', {
    layers: [base, await layerTar({ 'tmp/package.json': '{}' }), added].map((tar) => ({
      bytes: PACKINGS.gzip(tar),
    })),
    config: { os: 'linux', architecture: 'amd64', history: HISTORY },
  });
  digest = image.digest;
});

afterAll(async () => {
  await client[Symbol.asyncDispose]();
  await registry[Symbol.asyncDispose]();
});

const options = (more: Partial<AttestOptions> = {}): AttestOptions => ({
  client,
  repository: 'alice',
  digest,
  build: BUILD,
  builderId: 'https://slipway.example/system/api/v1/build',
  builderVersions: { slipway: '1.2.3', 'Docker Engine': '28.2.2' },
  endedAt: 1_790_000_009_500,
  signal: new AbortController().signal,
  ...more,
});

/** The content of what is attached under a type. */
async function attached(artifactType: string) {
  const [found, ...others] = await client.referrers('alice', digest, { artifactType });
  expect(others).toEqual([]);
  const manifest = await client.manifest('alice', found?.digest ?? '');
  const { layers, subject } = JSON.parse(manifest?.bytes.toString() ?? '');
  expect(subject.digest).toBe(digest);
  const bytes = await Array.fromAsync(client.readBlob('alice', layers[0]));
  return { digest: found?.digest, value: JSON.parse(Buffer.concat(bytes).toString()) };
}

describe('attestImage', () => {
  it('reports packages and sizes, and which of them the build added', async () => {
    const report = await attestImage(options());
    expect(report.digest).toBe(digest);
    expect(report.layers.map(({ isAdded }) => isAdded)).toEqual([false, true, true]);
    const sizes = report.layers.map(({ sizeBytes }) => sizeBytes);
    expect(report.sizeBytes).toBe(sizes.reduce((sum, size) => sum + size, 0));
    expect(report.addedBytes).toBe((sizes[1] ?? 0) + (sizes[2] ?? 0));
    const added = report.packages.filter(({ isAdded }) => isAdded).map(({ name }) => name);
    expect(added).toEqual(['express', 'odd']);
    expect(report.packages.map(({ name }) => name)).toContain('libc6');
    expect(report.packages.map(({ name }) => name)).not.toContain('lodash');
  });

  it('attaches an SBOM with these packages', async () => {
    const report = await attestImage(options());
    const { digest: sbom, value } = await attached(SBOM_TYPE);
    expect(report.attached.sbom).toBe(sbom);
    const document = Spdx.parse(value);
    expect(document.packages).toHaveLength(report.packages.length + 1);
    const ids = new Set(['SPDXRef-DOCUMENT', ...document.packages.map(({ SPDXID }) => SPDXID)]);
    expect(ids.size).toBe(document.packages.length + 1);
    for (const { spdxElementId, relatedSpdxElement } of document.relationships)
      expect([spdxElementId, relatedSpdxElement].every((id) => ids.has(id))).toBe(true);
    expect(document.packages).toContainEqual(
      expect.objectContaining({
        name: 'express',
        versionInfo: '5.0.0',
        licenseDeclared: 'MIT',
        externalRefs: [
          {
            referenceCategory: 'PACKAGE-MANAGER',
            referenceType: 'purl',
            referenceLocator: 'pkg:npm/express@5.0.0',
          },
        ],
      }),
    );
    expect(document.packages).toContainEqual(
      expect.objectContaining({
        name: 'odd',
        licenseDeclared: 'NOASSERTION',
        licenseComments: expect.any(String),
      }),
    );
  });

  it('attaches how the image was made', async () => {
    const report = await attestImage(options());
    const { digest: provenance, value } = await attached(PROVENANCE_TYPE);
    expect(report.attached.provenance).toBe(provenance);
    expect(value).toMatchObject({
      _type: 'https://in-toto.io/Statement/v1',
      subject: [{ name: 'alice', digest: { sha256: digest.slice(7) } }],
      predicateType: 'https://slsa.dev/provenance/v1',
      predicate: {
        buildDefinition: {
          buildType: expect.stringMatching(/^https:\/\//),
          externalParameters: {
            source: BUILD.source,
            target: 'alice:extended',
            kind: 'nodejs',
            requirements: { digest: { sha256: 'f'.repeat(64) } },
          },
          resolvedDependencies: [{ digest: { sha256: '5'.repeat(64) } }],
        },
        runDetails: {
          builder: { id: 'https://slipway.example/system/api/v1/build', version: { slipway: '1.2.3' } },
          metadata: { invocationId: BUILD.id, finishedOn: '2026-09-21T14:13:29.500Z' },
        },
      },
    });
  });

  it('attaches the same once, however often it is made', async () => {
    const first = await attestImage(options());
    expect(await attestImage(options())).toEqual(first);
    expect(await client.referrers('alice', digest)).toHaveLength(2);
  });

  it('reads a layer once where it is remembered, and again where what is remembered is damaged', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'slipway-layers-'));
    try {
      const layers = openLayerMemory(folder);
      const read: string[] = [];
      const watched: RegistryClient = {
        ...client,
        readBlob: (repository, blob, more) => {
          read.push(blob.digest);
          return client.readBlob(repository, blob, more);
        },
      };
      const first = await attestImage(options({ client: watched, layers }));
      expect(read.length).toBe(4); // the configuration too
      expect(await attestImage(options({ client: watched, layers }))).toEqual(first);
      expect(read.length).toBe(5);
      for (const name of readdirSync(folder)) truncateSync(join(folder, name), 20);
      expect(await attestImage(options({ client: watched, layers }))).toEqual(first);
      expect(read.length).toBe(9);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('remembers nothing of a layer whose bytes are others than its digest says', async () => {
    const remembered: string[] = [];
    const layers: LayerMemory = {
      read: async () => undefined,
      write: async (layer) => void remembered.push(layer),
    };
    const lying: RegistryClient = {
      ...client,
      async *readBlob(repository, blob, more) {
        yield* client.readBlob(repository, blob, more);
        if (blob.digest === last) throw new Error('another digest');
      },
    };
    const { layers: all } = await attestImage(options());
    const last = all.at(-1)?.digest;
    await expect(attestImage(options({ client: lying, layers }))).rejects.toThrow('another digest');
    expect(remembered).toEqual(all.slice(0, -1).map((layer) => layer.digest));
  });

  it('says what it could not read, and reports the rest', async () => {
    const image = await pushContent(client, 'bob', 'damaged', {
      layers: [{ bytes: Buffer.from('no tar') }, { bytes: PACKINGS.gzip(await layerTar(INSTALLED)) }],
      config: {},
    });
    const notices: string[] = [];
    const report = await attestImage(
      options({ repository: 'bob', digest: image.digest, onNotice: (text) => notices.push(text) }),
    );
    expect(notices).toEqual([expect.stringMatching(/^The layer sha256:\w+: not all of it was read/)]);
    expect(report.packages.length).toBeGreaterThan(5);
    expect(report.layers.map(({ isAdded }) => isAdded)).toEqual([false, false]);
  });

  it('fails for an image that is not there, and when it is told to stop', async () => {
    const absent = options({ digest: `sha256:${'0'.repeat(64)}` });
    await expect(attestImage(absent)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(attestImage(options({ signal: AbortSignal.abort() }))).rejects.toMatchObject({
      code: 'ABORTED',
    });
  });
});
