import { expect, it } from 'vitest';
import { listeningPorts } from './listening.ts';

const HEAD =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n';
const line = (number: number, address: string, state: string): string =>
  `   ${number}: ${address} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000     0        0 1 1 0 100 0 0 10 0\n`;
const EVERYWHERE6 = '0'.repeat(32);

it('finds the ports that others can connect to', () => {
  const text = [
    HEAD,
    line(0, '00000000:1538', '0A'), // 0.0.0.0:5432
    line(1, '0100007F:0050', '0A'), // 127.0.0.1
    line(2, '0B00007F:9C3D', '0A'), // the name server that Docker puts into each container, 127.0.0.11
    line(3, '020011AC:1F90', '01'), // a connection
    line(4, '020011AC:1F91', '0A'), // 172.17.0.2:8081
    HEAD,
    line(0, `${EVERYWHERE6}:18EB`, '0A'), // :::6379
    line(1, '00000000000000000000000001000000:1F92', '0A'), // ::1
    line(2, '0000000000000000FFFF00000100007F:1F93', '0A'), // ::ffff:127.0.0.1
    line(3, '0000000000000000FFFF0000020011AC:1F94', '0A'), // ::ffff:172.17.0.2
  ].join('');
  expect([...listeningPorts(text)]).toEqual([5432, 8081, 6379, 8084]);
});

it('finds nothing in what is no such file', () => {
  expect(listeningPorts('cat: not found\n0: zz:1 x 0A \n')).toEqual(new Set());
});
