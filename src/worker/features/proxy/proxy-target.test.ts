import { describe, expect, it } from 'vitest';
import { proxyTarget } from './proxy-target.ts';

const ROOT = 'http://queue.example.com:8080';
const target = (path: string, root = ROOT): string => {
  const found = proxyTarget(root, path);
  if (found.type === 'api') return found.url.href;
  return found.type === 'refused' ? String(found.status) : found.type;
};

describe('where a request to the proxy goes', () => {
  it.each([
    ['/api/queue/v1/ping', `${ROOT}/api/queue/v1/ping`],
    ['/queue/v1/ping', `${ROOT}/api/queue/v1/ping`],
    [
      '/api/queue/v1/task/a/artifacts/public%2Fx.txt?a=%20b?c',
      `${ROOT}/api/queue/v1/task/a/artifacts/public%2Fx.txt?a=%20b?c`,
    ],
    ['/api/queue/v1/a//b', `${ROOT}/api/queue/v1/a//b`],
    ['/bewit', 'sign-url'],
    ['/bewit?x', 'sign-url'],
  ])('is a service of the deployment: %s', (path, url) => {
    expect(target(path)).toBe(url);
  });

  it('is below the path of a root URL that has one', () => {
    expect(target('/api/queue/v1/ping', 'https://example.com/ci')).toBe(
      'https://example.com/ci/api/queue/v1/ping',
    );
  });

  it.each([
    ['http://evil.example.com/api/queue/v1/ping', '400'],
    ['//evil.example.com/api/queue/v1/ping', '404'],
    ['@evil.example.com/api/queue/v1/ping', '400'],
    ['/api/queue/v1/../../../admin', '400'],
    ['/api/queue/v1/%2e%2E/x', '400'],
    ['/api/queue/v1/.%2e/x', '400'],
    ['/api/queue/v1/./x', '400'],
    ['/api/../queue/v1/x', '400'],
    ['/api/queue/v1/a\\..\\..\\b', '400'],
    ['/api/queue/v1/a#b', '400'],
    ['/api/queue/v1/ä', '400'],
    ['/api/queue/v1/a b', '400'],
    ['/api/queue', '404'],
    ['/api/queue/v1', '404'],
    ['/api//v1/x', '404'],
    ['/api/qu%65ue/v1/x', '404'],
    ['/api/user:password@evil/v1/x', '404'],
    ['/169.254.169.254/latest/meta-data', '404'],
    ['/evil.example.com/v1/x', '404'],
    ['/credentials', '403'],
    ['/', '404'],
    ['', '400'],
  ])('is nowhere else: %s', (path, status) => {
    expect(target(path)).toBe(status);
  });
});
