import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PROVENANCE_TYPE, publicSigningKey, SBOM_TYPE } from '../../src/builder/index.ts';
import { type Descriptor, openRegistryClient, type RegistryClient } from '../../src/registry/index.ts';
import { type BuilderRig, makeRuntime, removeWithBuilt, startBuilder } from '../support/builder.ts';

let builder: BuilderRig;
let client: RegistryClient;
let runtime = '';

const P256 = { namedCurve: 'P-256' };

beforeAll(async () => {
  runtime = makeRuntime();
  builder = await startBuilder();
  client = openRegistryClient({ host: builder.registryHost });
});

afterAll(async () => {
  await client?.[Symbol.asyncDispose]();
  await builder?.[Symbol.asyncDispose](); // images go, even where no server came up
  removeWithBuilt(runtime);
});

const LINES = ['left 1.0.0', 'right 2.0.0'].map((each) => {
  const [name, version] = each.split(' ');
  const folder = `/usr/lib/python3/site-packages/${name}-${version}.dist-info`;
  return `# run: mkdir -p ${folder}; printf 'Name: ${name}\\nVersion: ${version}\\nLicense: MIT\\n\\n' >${folder}/METADATA`;
});

async function build(tag: string, lines: readonly string[]): Promise<string> {
  const file = `${tag}.txt`;
  builder.rig.write(file, `${lines.join('\n')}\n`);
  const words = ['image', 'build', runtime, `alice:${tag}`, '--kind', 'python', '--requirements', file];
  const { exitCode, stderr } = await builder.rig.run(words, builder.as('alice'));
  expect(exitCode, stderr).toBe(0);
  return /^Build (\S+);/.exec(stderr)?.[1] ?? '';
}

/** What is attached to an image under a type, as it was written. */
async function attached(digest: string, artifactType: string) {
  const found = await client.referrers('alice', digest, { artifactType });
  expect(found).toHaveLength(1);
  const manifest = await client.manifest('alice', found[0]?.digest ?? '');
  const { layers } = JSON.parse(manifest?.bytes.toString() ?? '') as { layers: Descriptor[] };
  const [layer] = layers;
  if (layer === undefined) throw new Error('there is nothing in it');
  return JSON.parse(Buffer.concat(await Array.fromAsync(client.readBlob('alice', layer))).toString());
}

describe('an image that was built', () => {
  it('has what is in it and how it was made attached in the registry', async () => {
    const id = await build('attested', LINES);
    const report = await builder.rig.run(['image', 'report', id], builder.as('alice'));
    expect(report.stdout).toMatch(/^left +1\.0\.0 .*added$/m);
    expect(report.stdout).toMatch(/^right +2\.0\.0 .*added$/m);

    const digest = (await client.findDigest('alice', 'attested')) ?? '';
    const sbom = await attached(digest, SBOM_TYPE);
    const names = sbom.packages.map(({ name }: { name: string }) => name);
    expect(names).toEqual(['alice:attested', 'left', 'right']);

    const statement = await attached(digest, PROVENANCE_TYPE);
    expect(statement.subject).toEqual([{ name: 'alice', digest: { sha256: digest.slice(7) } }]);
    expect(statement.predicate).toMatchObject({
      buildDefinition: { externalParameters: { source: runtime, target: 'alice:attested', kind: 'python' } },
      runDetails: { metadata: { invocationId: id } },
    });

    const environment = { ...builder.as('alice').environment, REGISTRY_HOST: builder.registryHost };
    const words = ['image', 'verify', 'alice:attested'];
    const verified = await builder.rig.run([...words, '--output', 'json'], { environment });
    expect(verified.exitCode, verified.stderr).toBe(0);
    const { statements, ...said } = JSON.parse(verified.stdout);
    expect(said).toMatchObject({ type: 'image-verified', digest, others: 0 });
    expect(statements[0].provenance).toMatchObject({ buildId: id, source: runtime, kind: 'python' });

    // One of theirs beside another that is trusted, and that other alone.
    const { stdout: keys } = await builder.rig.run(['image', 'keys'], { environment });
    const other = publicSigningKey(generateKeyPairSync('ec', P256).publicKey).pem;
    builder.rig.write('both.pub', other + keys);
    builder.rig.write('other.pub', other);
    const trusting = await builder.rig.run([...words, '--key', 'both.pub'], { environment });
    expect(trusting.stdout).toMatch(new RegExp(`^  build +${id}$`, 'm'));
    const refused = await builder.rig.run([...words, '--key', 'other.pub'], { environment });
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toMatch(
      /no key that is trusted says how .*alice:attested was made: of 2 statements 2 /,
    );
  });
});
