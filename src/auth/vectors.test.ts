import { describe, expect, it } from 'vitest';
import { addressIn } from './hawk/addresses.ts';
import { parseBewit } from './hawk/bewit.ts';
import { macOf } from './hawk/mac.ts';
import { signRequest, signUrl } from './hawk/sign.ts';
import { certificateSignature, temporaryToken } from './temporary/certificate.ts';

// Made with the official client: key and id of all.
const KEY = 'root-token-for-vectors';
const credentials = { clientId: 'root', accessToken: KEY };
const SEED = 'KpJvYUNXSYeWqc0vnsAq9wJJgvWv5pTh6IYhd120YZTQ';
const TASK = 'http://localhost:8080/api/queue/v1/task/CLVrh06tRAyXPhdnZHxPXg';
const BEWIT = 'cm9vdFwxNzAwMDAwOTAwXEJuSWVrQk1pL2pnRStDenR2V2wvRWdMSUxRdW5haUdMQjl6OXFOTXR6Vk09XA';

describe('what Taskcluster signs', () => {
  it('has the signature of a request', () => {
    const url = new URL(`${TASK}/status`);
    const parts = { ts: '1700000000', nonce: 'Ab12Cd', method: 'get', resource: url.pathname };
    const mac = macOf('header', KEY, { ...parts, ...addressIn(url) });
    expect(mac).toBe('rsCaupVLsIUdrb+CLMQ0m4lbbv8xu33Cv2Qv8EnVGio=');
    expect(signRequest('GET', url, { credentials, now: 1_700_000_000_999, nonce: 'Ab12Cd' })).toBe(
      `Hawk id="root", ts="1700000000", nonce="Ab12Cd", mac="${mac}"`,
    );
  });

  it('has the token of temporary credentials', () => {
    expect(temporaryToken(SEED, KEY)).toBe('VTYZTTce_a9NdWF6KH0BOAYpDSovSXCGttpAFc18j9g');
  });

  it('has the signature of a certificate', () => {
    const times = { start: 1_700_000_000_000, expiry: 1_700_003_600_000 };
    const certificate = { version: 1 as const, issuer: 'root', seed: SEED, ...times, scopes: ['a:b', 'c:*'] };
    expect(certificateSignature(certificate, 'tmp/one', KEY)).toBe(
      '0prAiDfUtAUWQNGZkN1j5uLLfHx9JwJN1+s37kF7dlE=',
    );
  });

  it('has the signature of a URL', () => {
    const url = new URL(`${TASK}/artifacts/private%2Fx.txt`);
    const signed = signUrl(url, { credentials, expiresAt: 1_700_000_900_000 });
    expect(signed.href).toBe(`${url.href}?bewit=${BEWIT}`);
    expect(parseBewit(signed.pathname + signed.search)).toMatchObject({
      id: 'root',
      expires: '1700000900',
      ext: '',
      resource: url.pathname,
    });
  });
});
