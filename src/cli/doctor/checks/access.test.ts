import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Finding, Patient } from '../check.ts';
import { TLS } from './access.ts';

const FILES = resolve(import.meta.dirname, '../../../../test/support/tls');

async function examine(rootUrl: string): Promise<Finding> {
  const tlsFiles = { certFile: `${FILES}/server.crt`, keyFile: `${FILES}/server.key` };
  // As much of a patient as the check looks at.
  const patient = { listen: { tlsFiles, host: '::' }, server: { isLoopback: false, rootUrl } } as Patient;
  return await TLS.run(patient, AbortSignal.timeout(20_000));
}

describe('the certificate', () => {
  it.each(['https://localhost:8443', 'https://127.0.0.1', 'http://build.example.com'])(
    'is fine for %s',
    async (rootUrl) => expect(await examine(rootUrl)).toMatchObject({ state: 'ok' }),
  );

  it.each([
    ['https://build.example.com:8443', 'build.example.com'],
    ['https://[::2]', '::2'],
  ])('that is for other names than %s is warned of: no client would take it', async (rootUrl, name) => {
    expect(await examine(rootUrl)).toMatchObject({
      state: 'warning',
      found: expect.stringContaining(`it is not for ${name}, which --root-url says`),
    });
  });
});
