import { expect, it } from 'vitest';
import { refuseForeignPages } from './foreign-page.ts';

const open = { clientId: 'anonymous', scopes: ['*'] };
const request = (headers: Record<string, string>) => ({ method: 'POST', url: '/', headers, isTls: false });

const here = refuseForeignPages(() => open, { isLoopback: true, rootUrl: 'https://queue.example.com' });
const named = refuseForeignPages(() => open, { isLoopback: false, rootUrl: 'https://queue.example.com' });
const network = refuseForeignPages(() => open, { isLoopback: false });

it.each([
  [here, { host: '127.0.0.1:8080' }],
  [here, { host: 'localhost:8080' }],
  [here, { host: '[::1]:8080' }],
  [here, { host: 'slipway.localhost' }],
  [here, { host: 'queue.example.com' }],
  [here, { host: '127.0.0.1:8080', origin: 'http://127.0.0.1:8080' }],
  [here, { host: '127.0.0.1:8080', origin: 'https://queue.example.com' }],
  [here, { host: '127.0.0.1:8080', 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'cors' }],
  [here, { host: '127.0.0.1:8080', 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }],
  [network, { host: '10.0.0.1:8080' }],
  [network, { host: 'build:8080', origin: 'http://build:8080' }],
  [network, { host: 'build.example.com:8080' }],
  [network, { host: '10.0.0.1:8080', origin: 'http://10.0.0.1:8080' }],
  [network, { host: '[fd00::1]:8080', origin: 'http://[fd00::1]:8080' }],
  [named, { host: 'queue.example.com', origin: 'https://queue.example.com' }],
])('lets in who calls by its own name, without a page of others: %#', (authenticate, headers) => {
  expect(authenticate(request(headers))).toBe(open);
});

it.each([
  [here, { host: 'rebound.example.com:8080' }],
  [here, { host: '127.0.0.1.example.com' }],
  [here, { host: '127.0.0.1:8080', origin: 'https://evil.example.com' }],
  [here, { host: '127.0.0.1:8080', origin: 'http://127.0.0.1:9090' }],
  [here, { host: '127.0.0.1:8080', origin: 'null' }],
  [here, {}],
  [network, { host: 'rebound.example.com:8080', origin: 'http://rebound.example.com:8080' }],
  [named, { host: 'rebound.example.com', origin: 'http://rebound.example.com' }],
  [network, { host: 'build:8080', origin: 'https://evil.example.com' }],
  [here, { host: '127.0.0.1:8080', 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }],
  [here, { host: '127.0.0.1:8080', 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'no-cors' }],
])('keeps out what a page of others sent: %#', (authenticate, headers) => {
  expect(() => authenticate(request(headers as Record<string, string>))).toThrow(
    "not to other people's web pages",
  );
});

it('lets in whoever signs, wherever the request comes from', () => {
  const signed = refuseForeignPages(() => ({ clientId: 'ci', scopes: [] }), { isLoopback: true });
  const headers = { host: 'x', origin: 'https://page.example.com' };
  expect(signed(request(headers)).clientId).toBe('ci');
});
