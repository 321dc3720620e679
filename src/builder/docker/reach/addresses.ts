import { BlockList, isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';

/** What is no address of the internet: this machine, its networks, a cloud's own services, and ways around by IPv6. */
const NOT_PUBLIC: readonly (readonly [address: string, prefix: number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10], // carriers, and metadata of some clouds
  ['127.0.0.0', 8],
  ['169.254.0.0', 16], // metadata of the others
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 3], // multicast, reserved and broadcast
  ['::', 96], // nobody, this machine, and IPv4 in an old form
  ['64:ff9b::', 32], // IPv4 behind a translator
  ['100::', 64],
  ['2001::', 32], // IPv4 in tunnels, as the next
  ['2002::', 16],
  ['fc00::', 7],
  ['fe80::', 9], // link-local and what once was site-local
  ['ff00::', 8],
];

const familyOf = (address: string) => (isIPv6(address) ? 'ipv6' : 'ipv4');

const notPublic = new BlockList();
for (const [address, prefix] of NOT_PUBLIC) notPublic.addSubnet(address, prefix, familyOf(address));

/** The addresses of this machine, also those that everybody may know. */
export type OwnAddresses = () => readonly string[];

export const ownAddresses: OwnAddresses = () =>
  Object.values(networkInterfaces()).flatMap((all) => all?.map(({ address }) => address) ?? []);

/** Whether an address is of the internet, and not this machine's. IPv4 written as IPv6 is IPv4. */
export function isPublic(address: string, own: OwnAddresses = ownAddresses): boolean {
  const [plain = ''] = address.split('%');
  if (notPublic.check(plain, familyOf(plain))) return false;
  const mine = new BlockList();
  for (const each of own()) mine.addAddress(each.split('%')[0] ?? '', familyOf(each));
  return !mine.check(plain, familyOf(plain));
}
