import { describe, expect, it } from 'vitest';
import { type AwsRequest, signedHeaders } from './aws-signature.ts';

// The keys, requests and signatures of AWS's published Signature Version 4 test suite.
const SIGNER = {
  accessKey: 'AKIDEXAMPLE',
  secretKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  region: 'us-east-1',
  service: 'service',
  at: new Date('2015-08-30T12:36:00Z'),
};

const URL_OF_SUITE = new URL('https://example.amazonaws.com/');
const GET: AwsRequest = { method: 'GET', url: URL_OF_SUITE, headers: {}, body: '' };

const FORM: AwsRequest = {
  method: 'POST',
  url: URL_OF_SUITE,
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
  body: 'Param1=value1',
};

describe('signedHeaders', () => {
  it.each([
    ['get-vanilla', GET, '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31'],
    [
      'post-vanilla',
      { ...GET, method: 'POST' } as const,
      '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b',
    ],
    ['post-x-www-form-urlencoded', FORM, 'ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a'],
  ])('signs %s as AWS does', (_, request, signature) => {
    expect(signedHeaders(request, SIGNER)['authorization']).toMatch(new RegExp(`, Signature=${signature}$`));
  });

  it('names the key, the scope and every header, and sends the time', () => {
    expect(signedHeaders(FORM, SIGNER)).toMatchObject({
      'content-type': 'application/x-www-form-urlencoded',
      'x-amz-date': '20150830T123600Z',
      authorization: expect.stringContaining(
        'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=content-type;host;x-amz-date, ',
      ),
    });
  });

  it('never sends the secret key', () => {
    expect(JSON.stringify(signedHeaders(FORM, SIGNER))).not.toContain(SIGNER.secretKey);
  });
});
