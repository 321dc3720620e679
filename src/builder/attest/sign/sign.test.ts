import { execFileSync } from 'node:child_process';
import { generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { isReferrersTag } from '../../../registry/index.ts';
import { createFakeRegistry } from '../../testing/fake-registry.ts';
import { ENVELOPE_TYPE, openEnvelope, sealStatement } from './envelope.ts';
import { type EnvelopesOf, envelopesTag, listEnvelopes, storeEnvelopes } from './envelopes.ts';
import { signStatements } from './sign-statements.ts';
import { deriveSigningKey, openSigningKeys, publicSigningKey, readPublicKey } from './signing-keys.ts';
import { verifyImage } from './verify-image.ts';

const newKey = (curve = 'P-256'): KeyObject => generateKeyPairSync('ec', { namedCurve: curve }).privateKey;
const publicOf = (key: KeyObject): KeyObject => readPublicKey(publicSigningKey(key).pem);
const pemOf = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }).toString();

const DIGEST = `sha256:${'a1'.repeat(32)}`;
const PROVENANCE = {
  _type: 'https://in-toto.io/Statement/v1',
  subject: [{ name: 'alice', digest: { sha256: 'a1'.repeat(32) } }],
  predicateType: 'https://slsa.dev/provenance/v1',
  predicate: {
    buildDefinition: {
      buildType: 'https://slipway.build/runtime-image/v1',
      externalParameters: { source: 'base:1', kind: 'python', requirements: { digest: { sha256: 'f0' } } },
      resolvedDependencies: [{ name: 'base:1', digest: { sha256: '5e' } }],
    },
    runDetails: { builder: { id: 'https://b.example/build' }, metadata: { invocationId: 'build-1' } },
  },
};
const STATEMENTS = {
  provenance: Buffer.from(JSON.stringify(PROVENANCE)),
  sbom: Buffer.from('{"spdxVersion":"SPDX-2.3","packages":[]}'),
};

function image(digest = DIGEST) {
  const registry = createFakeRegistry();
  const of: EnvelopesOf = {
    client: registry.client(),
    repository: 'alice',
    digest,
    signal: new AbortController().signal,
  };
  return { registry, of };
}

describe('the key of statements', () => {
  it('is the same on all servers of a database, and another one elsewhere', () => {
    const secret = randomBytes(32);
    const derive = (bytes: Buffer) => publicSigningKey(deriveSigningKey(() => bytes)).id;
    expect(derive(secret)).toBe(derive(Buffer.from(secret)));
    expect(derive(secret)).not.toBe(derive(randomBytes(32)));
  });

  it('is derived once more from what is no private key', () => {
    const asked: string[] = [];
    deriveSigningKey((purpose) => {
      asked.push(purpose);
      return asked.length === 1 ? Buffer.alloc(32) : Buffer.alloc(32, 7);
    });
    expect(asked).toEqual(['statements about images 1', 'statements about images 2']);
  });

  it('is the first of the operator, whose former ones are told as well', () => {
    const [derived, now, before] = [newKey(), newKey(), newKey()];
    const { signer, published } = openSigningKeys(derived, pemOf(now) + publicSigningKey(before).pem);
    expect(publicSigningKey(signer).id).toBe(publicSigningKey(now).id);
    expect(published).toEqual([now, before, derived].map(publicSigningKey));
    expect(openSigningKeys(derived)).toEqual({ signer: derived, published: [publicSigningKey(derived)] });
  });

  it.each([
    ['nothing', ''],
    ['a public key alone', publicSigningKey(newKey()).pem],
    ['another curve', pemOf(newKey('P-384'))],
    ['an RSA key', pemOf(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey)],
    ['a broken one', '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n'],
  ])('is not %s', (_what, pem) => {
    expect(() => openSigningKeys(newKey(), pem)).toThrow();
  });
});

describe('an envelope', () => {
  it('has a signature as DSSE wants it, which openssl verifies', () => {
    const key = newKey();
    const { payload, payloadType, signatures } = JSON.parse(
      sealStatement(STATEMENTS.provenance, key).toString(),
    );
    expect(payloadType).toBe('application/vnd.in-toto+json');
    const folder = mkdtempSync(join(tmpdir(), 'slipway-sign-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const [pub, sig, signed] = ['pub', 'sig', 'signed'].map((name) => join(folder, name));
    const text = Buffer.from(payload, 'base64');
    writeFileSync(String(pub), publicSigningKey(key).pem);
    writeFileSync(String(sig), Buffer.from(signatures[0].sig, 'base64'));
    writeFileSync(String(signed), `DSSEv1 28 application/vnd.in-toto+json ${text.length} ${text}`);
    const words = ['dgst', '-sha256', '-verify', String(pub), '-signature', String(sig), String(signed)];
    expect(execFileSync('openssl', words).toString()).toContain('Verified OK');
  });

  it.each<
    [string, (envelope: { payload: string; payloadType: string; signatures: { sig: string }[] }) => object]
  >([
    ['another content', (envelope) => ({ ...envelope, payload: Buffer.from('{}').toString('base64') })],
    ['another type', (envelope) => ({ ...envelope, payloadType: 'text/plain' })],
    ['no signature', (envelope) => ({ ...envelope, signatures: [] })],
    [
      'half a signature',
      ({ signatures, ...rest }) => ({ ...rest, signatures: [{ sig: signatures[0]?.sig.slice(0, 40) }] }),
    ],
    ['other fields', () => ({ statement: {} })],
  ])('counts for nothing with %s', async (_what, change) => {
    const key = newKey();
    const sealed = sealStatement(STATEMENTS.provenance, key);
    expect((await openEnvelope(sealed, [publicOf(newKey()), publicOf(key)]))?.statement).toEqual(
      STATEMENTS.provenance,
    );
    const changed = Buffer.from(JSON.stringify(change(JSON.parse(sealed.toString()))));
    expect(await openEnvelope(changed, [publicOf(key)])).toBeUndefined();
  });

  it('counts for nothing where it is no JSON', async () => {
    expect(await openEnvelope(Buffer.from('{'), [publicOf(newKey())])).toBeUndefined();
  });
});

describe('statements about an image', () => {
  it('are where cosign looks, beside what others put there, and say how it was made', async () => {
    const { of, registry } = image();
    const [key, stranger] = [newKey(), newKey()];
    await storeEnvelopes(of, [
      { predicateType: 'other', bytes: sealStatement(STATEMENTS.provenance, stranger) },
    ]);
    await signStatements(of, STATEMENTS, key);
    const manifest = await of.client.manifest('alice', envelopesTag(DIGEST));
    const { layers, config } = JSON.parse(manifest?.bytes.toString() ?? '');
    expect(envelopesTag(DIGEST)).toBe(`sha256-${'a1'.repeat(32)}.att`);
    expect(config.mediaType).toBe('application/vnd.oci.image.config.v1+json');
    expect(layers[1]).toMatchObject({
      mediaType: ENVELOPE_TYPE,
      annotations: {
        'dev.cosignproject.cosign/signature': '',
        predicateType: 'https://slsa.dev/provenance/v1',
      },
    });
    expect([...registry.tags.keys()].map((name) => isReferrersTag(name.slice('alice:'.length)))).toEqual([
      true,
    ]);

    const signedBy = publicSigningKey(key).id;
    expect(await verifyImage(of, [publicOf(key)])).toEqual({
      statements: [
        {
          predicateType: 'https://slsa.dev/provenance/v1',
          signedBy,
          provenance: {
            builderId: 'https://b.example/build',
            buildId: 'build-1',
            source: 'base:1',
            sourceDigest: 'sha256:5e',
            kind: 'python',
            requirementsDigest: 'sha256:f0',
          },
        },
        { predicateType: 'https://spdx.dev/Document', signedBy },
      ],
      others: 1,
    });
  });

  it('do not count for another image, even where somebody has put them there', async () => {
    const { of } = image();
    const key = newKey();
    await signStatements(of, STATEMENTS, key);
    const other = { ...of, digest: `sha256:${'b2'.repeat(32)}` };
    expect(await verifyImage(other, [publicOf(key)])).toEqual({ statements: [], others: 0 });
    await storeEnvelopes(other, [{ predicateType: 'x', bytes: sealStatement(STATEMENTS.provenance, key) }]);
    expect(await verifyImage(other, [publicOf(key)])).toEqual({ statements: [], others: 1 });
  });

  it('are a hundred at most: the oldest go', async () => {
    const { of } = image();
    const bytes = Array.from({ length: 102 }, (_, index) => Buffer.from(`statement ${index}`));
    await storeEnvelopes(
      of,
      bytes.map((each) => ({ predicateType: 'x', bytes: each })),
    );
    const kept = await listEnvelopes(of);
    expect(kept).toHaveLength(100);
  });

  it('are not looked for in what is no list of them', async () => {
    const { of } = image();
    const bytes = Buffer.from('{"layers":[{"digest":"../x"}]}');
    await of.client.putManifest('alice', { mediaType: 'x', bytes, tag: envelopesTag(DIGEST) });
    await expect(listEnvelopes(of)).rejects.toThrow(/is no list of statements about an image/);
  });
});
