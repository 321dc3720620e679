import { describe, expect, test } from 'vitest';
import { parsePort } from './port.ts';

describe('parsePort', () => {
  test.each([
    ['8080', { hostPort: 8080, containerPort: 8080, protocol: 'tcp' }],
    ['80:8080', { hostPort: 80, containerPort: 8080, protocol: 'tcp' }],
    ['53/udp', { hostPort: 53, containerPort: 53, protocol: 'udp' }],
    ['53:54/UDP', { hostPort: 53, containerPort: 54, protocol: 'udp' }],
    ['9/sctp', { hostPort: 9, containerPort: 9, protocol: 'sctp' }],
    ['127.0.0.1:80:8080', { hostAddress: '127.0.0.1', hostPort: 80, containerPort: 8080, protocol: 'tcp' }],
    ['127.0.0.1:8080', { hostAddress: '127.0.0.1', hostPort: 8080, containerPort: 8080, protocol: 'tcp' }],
    ['[::1]:80:8080', { hostAddress: '::1', hostPort: 80, containerPort: 8080, protocol: 'tcp' }],
    [' 8080 ', { hostPort: 8080, containerPort: 8080, protocol: 'tcp' }],
  ])('reads %s', (text, port) => {
    expect(parsePort(text)).toEqual(port);
  });

  test.each([
    '',
    'http',
    '0',
    '65536',
    '80:',
    ':80',
    '80/icmp',
    '-80',
    '1.5',
    '80:81:82:83',
    'a'.repeat(100_000),
  ])('refuses %s', (text) => {
    expect(parsePort(text)).toBeUndefined();
  });
});
