import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readTlsPair } from './tls.ts';

const TLS = resolve(import.meta.dirname, '../../test/support/tls');
const certFile = join(TLS, 'server.crt');
const keyFile = join(TLS, 'server.key');

describe('a certificate and its key', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'slipway-tls-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('are read when they belong together', async () => {
    const { cert, key } = await readTlsPair({ certFile, keyFile });
    expect(cert).toContain('BEGIN CERTIFICATE');
    expect(key).toContain('BEGIN PRIVATE KEY');
  });

  it.each([
    [{ certFile: '/none.crt' }, 'cannot read the certificate /none.crt (ENOENT)'],
    [{ keyFile: '/none.key' }, 'cannot read the private key /none.key (ENOENT)'],
    [{ certFile: keyFile }, `${keyFile} is no certificate: expected PEM text without a passphrase`],
    [{ keyFile: certFile }, `${certFile} is no private key: expected PEM text without a passphrase`],
    [
      { keyFile: join(TLS, 'renewed.key') },
      `the key in ${TLS}/renewed.key does not belong to the certificate in ${certFile}`,
    ],
  ])('are refused with a sentence: %j', async (files, message) => {
    const reading = readTlsPair({ certFile, keyFile, ...files });
    await expect(reading).rejects.toMatchObject({ code: 'BAD_TLS', message });
  });

  it('are refused when the key needs a passphrase', async () => {
    const encrypted = join(folder, 'encrypted.key');
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const secret = { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' } as const;
    await writeFile(encrypted, privateKey.export(secret));
    await expect(readTlsPair({ certFile, keyFile: encrypted })).rejects.toThrow(
      `the key in ${encrypted} is encrypted: expected PEM text without a passphrase`,
    );
  });
});
