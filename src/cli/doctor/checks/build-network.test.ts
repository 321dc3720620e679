import { expect, it } from 'vitest';
import { listeningPorts } from './build-network.ts';

const HEAD = '  sl  local_address rem_address   st tx_queue';

it('finds what listens at all addresses and at that of the bridge, and nothing else', () => {
  const table = [
    HEAD,
    '   0: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000',
    '   1: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000',
    '   2: 010011AC:1388 00000000:0000 0A 00000000:00000000 00:00000000',
    '   3: 00000000:0050 0100007F:9B20 01 00000000:00000000 00:00000000',
    '',
  ].join('\n');
  expect(listeningPorts(table, '172.17.0.1')).toEqual([22, 5000]);
});

it('knows the form of IPv6, in which an address of IPv4 can stand, too', () => {
  const zero = '0'.repeat(32);
  const mapped = `${'0'.repeat(16)}FFFF0000010011AC`;
  const lines = [`0: ${zero}:01BB ${zero}:0000 0A`, `1: ${mapped}:0050 ${zero}:0000 0A`];
  const loopback = `2: ${'0'.repeat(24)}01000000:1F90 ${zero}:0000 0A`;
  expect(listeningPorts([HEAD, ...lines, loopback].join('\n'), '172.17.0.1')).toEqual([443, 80]);
});
