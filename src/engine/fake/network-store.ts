import { randomBytes } from 'node:crypto';
import { BlockList, isIPv4 } from 'node:net';
import type { ContainerSpec, NetworkDetails, NetworkSpec } from '../engine.ts';
import { EngineError } from '../error.ts';

interface Network {
  readonly details: NetworkDetails;
  readonly subnet: string;
  /** Whether it was asked for: only then may containers ask for addresses. */
  readonly chosen: boolean;
  /** Container by address. */
  readonly addresses: Map<string, string>;
}

/** Networks as records. They connect nothing: all containers share this machine's network. */
export class NetworkStore {
  readonly #networks = new Map<string, Network>();

  create(spec: NetworkSpec): string {
    const { name, labels } = spec;
    const networks = [...this.#networks.values()];
    if (networks.some(({ details }) => details.name === name)) {
      throw new EngineError('CONFLICT', `cannot create the network ${name}: the name is taken`);
    }
    const subnet = spec.subnet ?? freeSubnet(networks.map((network) => network.subnet));
    if (!isSubnet(subnet))
      throw new EngineError('INVALID', `cannot create the network ${name}: no subnet: ${subnet}`);
    if (networks.some((network) => overlap(network.subnet, subnet))) {
      throw new EngineError(
        'CONFLICT',
        `cannot create the network ${name}: ${subnet} overlaps another network`,
      );
    }
    const id = randomBytes(32).toString('hex');
    // Containers share this machine's network: what listens here is reached as they would reach the bridge.
    const details = { id, name, labels, subnets: [subnet], gateway: '127.0.0.1' };
    this.#networks.set(id, { details, subnet, chosen: spec.subnet !== undefined, addresses: new Map() });
    return id;
  }

  inspect(reference: string): NetworkDetails | undefined {
    return this.#find(reference)?.details;
  }

  list(matches: (labels: NetworkDetails['labels']) => boolean): NetworkDetails[] {
    return [...this.#networks.values()].map(({ details }) => details).filter(({ labels }) => matches(labels));
  }

  remove(reference: string, { detach = false } = {}): void {
    const network = this.#find(reference);
    if (!network) return;
    if (network.addresses.size > 0 && !detach) {
      throw new EngineError('CONFLICT', `cannot remove the network ${reference}: containers are attached`);
    }
    this.#networks.delete(network.details.id);
  }

  /** Gives a container its address. Throws `START_FAILED`, as starting it does. */
  join(container: string, wanted: NonNullable<ContainerSpec['network']>): string {
    const network = this.#find(wanted.name);
    if (!network)
      throw new EngineError('START_FAILED', `cannot start the container: no network ${wanted.name}`);
    const address = wanted.address ?? freeAddress(network);
    if (wanted.address !== undefined && !(network.chosen && contains(network.subnet, wanted.address))) {
      throw new EngineError(
        'START_FAILED',
        `cannot start the container: the network has no address ${address}`,
      );
    }
    if (network.addresses.has(address)) {
      throw new EngineError('START_FAILED', `cannot start the container: the address ${address} is in use`);
    }
    network.addresses.set(address, container);
    return address;
  }

  leave(container: string): void {
    for (const { addresses } of this.#networks.values()) {
      for (const [address, holder] of addresses) if (holder === container) addresses.delete(address);
    }
  }

  #find(reference: string): Network | undefined {
    const byName = [...this.#networks.values()].find(({ details }) => details.name === reference);
    return this.#networks.get(reference) ?? byName;
  }
}

function split(subnet: string): [address: string, bits: number] {
  const [address = '', bits = ''] = subnet.split('/');
  return [address, Number(bits)];
}

function isSubnet(subnet: string): boolean {
  return /^[\d.]+\/([89]|[12]\d|30)$/.test(subnet) && isIPv4(split(subnet)[0]);
}

function contains(subnet: string, address: string): boolean {
  const list = new BlockList();
  list.addSubnet(...split(subnet));
  return isIPv4(address) && list.check(address);
}

/** Of two ranges of this kind, one holds the other or they are apart. */
function overlap(one: string, other: string): boolean {
  return contains(one, split(other)[0]) || contains(other, split(one)[0]);
}

function freeSubnet(taken: readonly string[]): string {
  for (let third = 0; third < 256; third += 1) {
    const subnet = `10.111.${third}.0/24`;
    if (!taken.some((other) => overlap(subnet, other))) return subnet;
  }
  throw new EngineError('NO_SPACE', 'cannot create the network: all subnets are taken');
}

/** `.1` is the bridge's own. */
function freeAddress({ subnet, addresses }: Network): string {
  const prefix = split(subnet)[0].replace(/\d+$/, '');
  for (let last = 2; last < 255; last += 1) if (!addresses.has(prefix + last)) return prefix + last;
  throw new EngineError('START_FAILED', `cannot start the container: all addresses of ${subnet} are in use`);
}
