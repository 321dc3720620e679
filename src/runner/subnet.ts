import { networkInterfaces } from 'node:os';

interface Block {
  readonly first: number;
  readonly last: number;
}

function toNumber(address: string): number | undefined {
  const parts = address.split('.').map(Number);
  if (parts.length !== 4 || parts.some((part) => !Number.isInteger(part) || part < 0 || part > 255))
    return undefined;
  return parts.reduce((sum, part) => sum * 256 + part, 0);
}

function toBlock(cidr: string): Block | undefined {
  const [address = '', bits = ''] = cidr.split('/');
  const value = toNumber(address);
  if (value === undefined || !/^\d{1,2}$/.test(bits)) return undefined;
  const size = 2 ** (32 - Number(bits));
  const first = Math.floor(value / size) * size;
  return { first, last: first + size - 1 };
}

const toAddress = (value: number): string =>
  [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');

const POOL = { first: 0x0a_e0_00_00, count: 4096 }; // 10.224.0.0/12 in pieces of /24, far from Docker's own pools

/**
 * A /24 that overlaps none of `taken` (CIDR) nor an address of this machine. `seed` chooses where to begin, so that
 * runs that start at the same moment do not choose the same; `undefined` when the whole pool is taken.
 */
export function chooseSubnet(taken: readonly string[], seed: number): string | undefined {
  const own = Object.values(networkInterfaces()).flatMap((list) => list?.map(({ cidr }) => cidr) ?? []);
  const blocks = [...taken, ...own].map((cidr) => (cidr === null ? undefined : toBlock(cidr)));
  for (let i = 0; i < POOL.count; i += 1) {
    const first = POOL.first + ((seed + i) % POOL.count) * 256;
    const free = blocks.every(
      (block) => block === undefined || block.last < first || block.first > first + 255,
    );
    if (free) return `${toAddress(first)}/24`;
  }
  return undefined;
}

/** Whether a range (CIDR) shares an address with one of the others. */
export function overlapsAny(subnet: string, others: readonly string[]): boolean {
  const own = toBlock(subnet);
  return others.some((other) => {
    const block = toBlock(other);
    return own !== undefined && block !== undefined && block.last >= own.first && block.first <= own.last;
  });
}

/** The `index`th address for a container; .1 is the bridge's own. */
export function addressIn(subnet: string, index: number): string {
  const block = toBlock(subnet);
  if (block === undefined) throw new Error(`not a subnet: ${subnet}`);
  return toAddress(block.first + 2 + index);
}
