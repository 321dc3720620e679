import { describe, expect, it } from 'vitest';
import { StoreError } from '../error.ts';
import { createOciKey } from '../testing/oci-server.ts';
import { createRequestSigner } from './sign-request.ts';

// The key, the requests and the signatures that the vendor's documentation of request signatures publishes.
const PRIVATE_KEY = `-----BEGIN RSA PRIVATE KEY-----
MIICXgIBAAKBgQDCFENGw33yGihy92pDjZQhl0C36rPJj+CvfSC8+q28hxA161QF
NUd13wuCTUcq0Qd2qsBe/2hFyc2DCJJg0h1L78+6Z4UMR7EOcpfdUE9Hf3m/hs+F
UR45uBJeDK1HSFHD8bHKD6kv8FPGfJTotc+2xjJwoYi+1hqp1fIekaxsyQIDAQAB
AoGBAJR8ZkCUvx5kzv+utdl7T5MnordT1TvoXXJGXK7ZZ+UuvMNUCdN2QPc4sBiA
QWvLw1cSKt5DsKZ8UETpYPy8pPYnnDEz2dDYiaew9+xEpubyeW2oH4Zx71wqBtOK
kqwrXa/pzdpiucRRjk6vE6YY7EBBs/g7uanVpGibOVAEsqH1AkEA7DkjVH28WDUg
f1nqvfn2Kj6CT7nIcE3jGJsZZ7zlZmBmHFDONMLUrXR/Zm3pR5m0tCmBqa5RK95u
412jt1dPIwJBANJT3v8pnkth48bQo/fKel6uEYyboRtA5/uHuHkZ6FQF7OUkGogc
mSJluOdc5t6hI1VsLn0QZEjQZMEOWr+wKSMCQQCC4kXJEsHAve77oP6HtG/IiEn7
kpyUXRNvFsDE0czpJJBvL/aRFUJxuRK91jhjC68sA7NsKMGg5OXb5I5Jj36xAkEA
gIT7aFOYBFwGgQAQkWNKLvySgKbAZRTeLBacpHMuQdl1DfdntvAyqpAZ0lY0RKmW
G6aFKaqQfOXKCyWoUiVknQJAXrlgySFci/2ueKlIE1QqIiLSZ8V8OlpFLRnb1pzI
7U1yQXnTAEFYM560yJlzUpOb1V4cScGd365tiSMvxLOvTA==
-----END RSA PRIVATE KEY-----
`;
const KEY = {
  tenancy: 'ocid1.tenancy.oc1..aaaaaaaaba3pv6wkcr4jqae5f15p2b2m2yt2j6rx32uzr4h25vqstifsfdsq',
  user: 'ocid1.user.oc1..aaaaaaaat5nvwcna5j6aqzjcaty5eqbb6qt2jvpkanghtgdaqedqw3rynjq',
  fingerprint: '20:3b:97:13:55:1c:5b:0d:d3:37:d8:50:4e:c5:3a:34',
  privateKey: PRIVATE_KEY,
};
const HOST = 'iaas.us-phoenix-1.oraclecloud.com';
// The published date names the wrong day of the week, so it is made as it was signed, not as the calendar has it.
const DATE = Object.assign(new Date('2014-01-05T21:31:40Z'), {
  toUTCString: () => 'Thu, 05 Jan 2014 21:31:40 GMT',
});
const QUERY = [
  'availabilityDomain=Pjwf%3A%20PHX-AD-1',
  'compartmentId=ocid1.compartment.oc1..aaaaaaaam3we6vgnherjq5q2idnccdflvjsnog7mlr6rtdb25gilchfeyjxa',
  'displayName=TeamXInstances',
  'volumeId=ocid1.volume.oc1.phx.abyhqljrgvttnlx73nmrwfaux7kcvzfs3s66izvxf2h4lgvyndsdsnoiwr5q',
];
const BODY = `{
    "compartmentId": "ocid1.compartment.oc1..aaaaaaaam3we6vgnherjq5q2idnccdflvjsnog7mlr6rtdb25gilchfeyjxa",
    "instanceId": "ocid1.instance.oc1.phx.abuw4ljrlsfiqw6vzzxb43vyypt4pkodawglp3wqxjqofakrwvou52gb6s5a",
    "volumeId": "ocid1.volume.oc1.phx.abyhqljrgvttnlx73nmrwfaux7kcvzfs3s66izvxf2h4lgvyndsdsnoiwr5q"
}`;

describe('a signed request', () => {
  it('has the published signature, without a body', () => {
    const path = `/20160918/instances?${QUERY.join('&')}`;
    const headers = createRequestSigner(KEY)({ method: 'GET', path, host: HOST, date: DATE });
    expect(headers).toEqual({
      date: 'Thu, 05 Jan 2014 21:31:40 GMT',
      host: HOST,
      authorization:
        `Signature version="1",keyId="${KEY.tenancy}/${KEY.user}/${KEY.fingerprint}",algorithm="rsa-sha256",` +
        'headers="date (request-target) host",signature="GBas7grhyrhSKHP6AVIj/h5/Vp8bd/peM79H9Wv8kjoaCivujVXlpbKLj' +
        'MPeDUhxkFIWtTtLBj3sUzaFj34XE6YZAHc9r2DmE4pMwOAy/kiITcZxa1oHPOeRheC0jP2dqbTll8fmTZVwKZOKHYPtrLJIJQHJjNvx' +
        'FWeHQjMaR7M="',
    });
  });

  it('has the published signature, with a body', () => {
    const headers = createRequestSigner(KEY)({
      method: 'POST',
      path: '/20160918/volumeAttachments',
      host: HOST,
      date: DATE,
      body: { bytes: Buffer.from(BODY), contentType: 'application/json' },
    });
    expect(headers).toMatchObject({
      'content-length': '316',
      'content-type': 'application/json',
      'x-content-sha256': 'V9Z20UJTvkvpJ50flBzKE32+6m2zJjweHpDMX/U4Uy0=',
    });
    expect(headers['authorization']).toContain(
      'headers="date (request-target) host content-length content-type x-content-sha256"',
    );
    expect(headers['authorization']).toContain(
      'signature="Mje8vIDPlwIHmD/cTDwRxE7HaAvBg16JnVcsuqaNRim23fFPgQfLoOOxae6WqKb1uPjYEl0qIdazWaBy/Ml8DRhqlocMwoSX' +
        'v0fbukP8J5N80LCmzT/FFBvIvTB91XuXI3hYfP9Zt1l7S6ieVadHUfqBedWH0itrtPJBgKmrWso="',
    );
  });

  it('is signed with an encrypted key as well', () => {
    const { privateKey } = createOciKey('a passphrase');
    const sign = createRequestSigner({ ...KEY, privateKey, passphrase: 'a passphrase' });
    expect(sign({ method: 'GET', path: '/', host: HOST, date: DATE })['authorization']).toContain(
      'signature="',
    );
  });

  it('takes a key file as the console gives it, with a label behind the key', () => {
    const sign = createRequestSigner({ ...KEY, privateKey: `${PRIVATE_KEY}OCI_API_KEY\n` });
    expect(sign({ method: 'GET', path: '/', host: HOST, date: DATE })['authorization']).toContain(
      'signature="',
    );
  });

  it.each([
    ['no key', { ...KEY, privateKey: 'a secret that is no key' }],
    ['a wrong passphrase', { ...KEY, privateKey: createOciKey('right').privateKey, passphrase: 'wrong-one' }],
    ['a missing passphrase', { ...KEY, privateKey: createOciKey('right').privateKey }],
  ])('is refused with %s, in words that show none of it', (_, key) => {
    const error = caught(() => createRequestSigner(key));
    expect(error).toBeInstanceOf(StoreError);
    expect(error).toMatchObject({ code: 'FORBIDDEN' });
    const said = `${String(error)} ${JSON.stringify(error)} ${String((error as Error).cause)}`;
    expect(said).not.toContain(key.privateKey.slice(0, 200).slice(-20));
    expect(said).not.toContain('wrong-one');
  });
});

function caught(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  throw new Error('expected an error');
}
