import { describe, expect, it } from 'vitest';
import { type EcrOptions, requestEcrLogin } from './ecr-token.ts';
import { type EcrFault, startFakeEcr } from './testing/fake-ecr.ts';

const KEYS = { accessKey: 'AKIDEXAMPLE', secretKey: 'a/secret+key', region: 'eu-west-1' };
const ALL = { ...KEYS, password: 'ecr-password' };

function options(url: string, over: Partial<EcrOptions> = {}): EcrOptions {
  return {
    environment: { AWS_ENDPOINT_URL_ECR: url },
    signal: new AbortController().signal,
    fetch: globalThis.fetch,
    timeoutMs: 10_000,
    at: new Date(),
    ...over,
  };
}

describe('requestEcrLogin', () => {
  it('gets a login for a request that is signed correctly', async () => {
    await using ecr = await startFakeEcr(ALL);
    expect(await requestEcrLogin(KEYS, options(ecr.url))).toEqual({
      username: 'AWS',
      password: 'ecr-password',
    });
    expect(ecr.targets).toEqual(['AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken']);
  });

  it.each([
    ['another secret', { secretKey: 'wrong-secret' }, {}],
    ['another key', { accessKey: 'OTHER' }, {}],
    ['another region', { region: 'us-east-1' }, {}],
    ['a clock that is wrong', {}, { at: new Date(0) }],
  ])('says what to check when ECR refuses because of %s', async (_, keys, over) => {
    await using ecr = await startFakeEcr(ALL);
    const error = await requestEcrLogin({ ...KEYS, ...keys }, options(ecr.url, over)).catch(
      (e: unknown) => e,
    );
    expect(error).toMatchObject({
      code: 'UNAUTHORIZED',
      message: expect.stringContaining('InvalidSignatureException'),
    });
    expect(error).toMatchObject({ message: expect.stringMatching(/check the keys.*clock/) });
    expect(String(error)).not.toContain('secret');
  });

  it.each<[string, EcrFault]>([
    ['UNREACHABLE', { kind: 'reset' }],
    ['UNREACHABLE', { kind: 'truncate' }],
    ['UNREACHABLE', { kind: 'status', status: 503 }],
    ['UNREACHABLE', { kind: 'status', status: 400, body: '{"__type":"ThrottlingException"}' }],
    ['UNAUTHORIZED', { kind: 'status', status: 403, body: '{"__type":"a/secret+key"}' }],
    ['UNAUTHORIZED', { kind: 'status', status: 400, body: '<html>a/secret+key' }],
    ['PROTOCOL', { kind: 'flood' }],
    ['PROTOCOL', { kind: 'answer', body: '' }],
    ['PROTOCOL', { kind: 'answer', body: 'null' }],
    ['PROTOCOL', { kind: 'answer', body: '{"authorizationData":[]}' }],
    ['PROTOCOL', { kind: 'answer', body: '{"authorizationData":{"0":{"authorizationToken":"QVdTOng="}}}' }],
    ['PROTOCOL', { kind: 'answer', body: '{"authorizationData":[{"authorizationToken":7}]}' }],
    ['PROTOCOL', { kind: 'answer', body: '{"authorizationData":[{"authorizationToken":"bm9jb2xvbg=="}]}' }],
  ])('fails with %s for %j', async (code, fault) => {
    await using ecr = await startFakeEcr(ALL);
    ecr.fault = fault;
    const error = await requestEcrLogin(KEYS, options(ecr.url)).catch((e: unknown) => e);
    expect(error).toMatchObject({ name: 'RegistryError', code });
    expect(String(error)).not.toContain(KEYS.secretKey);
  });

  it('does not carry its signature to where a redirect points', async () => {
    await using ecr = await startFakeEcr(ALL);
    await using other = await startFakeEcr(ALL);
    ecr.fault = { kind: 'redirect', location: other.url };
    await expect(requestEcrLogin(KEYS, options(ecr.url))).rejects.toMatchObject({ code: 'UNREACHABLE' });
    expect(other.targets).toEqual([]);
  });

  it('gives up on an answer that does not end', async () => {
    await using ecr = await startFakeEcr(ALL);
    ecr.fault = { kind: 'stall' };
    const attempt = requestEcrLogin(KEYS, options(ecr.url, { timeoutMs: 50 }));
    await expect(attempt).rejects.toMatchObject({
      code: 'UNREACHABLE',
      message: expect.stringMatching(/no answer within 0\.05 s/),
    });
  });

  it('ends as soon as it is aborted', async () => {
    const controller = new AbortController();
    const stalled: typeof globalThis.fetch = (_, init) =>
      new Promise((_resolve, reject) => {
        init?.signal?.addEventListener('abort', () => reject(new Error('aborted')));
        controller.abort();
      });
    const attempt = requestEcrLogin(KEYS, options('', { signal: controller.signal, fetch: stalled }));
    await expect(attempt).rejects.toMatchObject({ code: 'ABORTED' });
  });

  it.each([
    ['eu-west-1', 'https://api.ecr.eu-west-1.amazonaws.com/'],
    ['cn-north-1', 'https://api.ecr.cn-north-1.amazonaws.com.cn/'],
  ])('asks %s at its own endpoint, which it names when that is not there', async (region, url) => {
    const asked: string[] = [];
    const refusing: typeof globalThis.fetch = (input) => {
      asked.push(String(input));
      return Promise.reject(new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED') }));
    };
    const attempt = requestEcrLogin({ ...KEYS, region }, options('', { fetch: refusing }));
    await expect(attempt).rejects.toMatchObject({
      code: 'UNREACHABLE',
      message: expect.stringMatching(/amazonaws\.com.*ECONNREFUSED/),
    });
    expect(asked).toEqual([url]);
  });

  it.each(['ftp://h/', 'not a url', 'http://user:pw@h/', 'http://h/?secret'])(
    'refuses %s for an endpoint',
    async (url) => {
      const error = await requestEcrLogin(KEYS, options(url)).catch((e: unknown) => e);
      expect(error).toMatchObject({ code: 'INVALID_REGISTRY' });
      expect(String(error)).not.toMatch(/pw|secret/);
    },
  );

  it.each([{ region: 'evil.example/' }, { region: 'us-east-1\n' }, { accessKey: 'AKID\r\nx: y' }])(
    'refuses %j before it asks anyone',
    async (keys) => {
      const unused: typeof globalThis.fetch = () => Promise.reject(new Error('it asked'));
      const attempt = requestEcrLogin({ ...KEYS, ...keys }, options('', { fetch: unused }));
      await expect(attempt).rejects.toMatchObject({ code: 'INVALID_CREDENTIALS' });
    },
  );
});
