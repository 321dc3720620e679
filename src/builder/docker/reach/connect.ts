import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { connect, isIP, type LookupFunction, type Socket } from 'node:net';
import type { Place } from './place.ts';
import type { ReachRules } from './rules.ts';

/** A place that a build may not reach; the message is for people. */
export class Refused extends Error {}

const CONNECT_LIMIT_MS = 30_000;

/**
 * Connects to one of the addresses that a place has now and that the rules take: those that were looked at and no others,
 * whatever its name means a moment later. Throws `Refused`, and errors of the network.
 */
export async function connectTo(place: Place, rules: ReachRules, signal: AbortSignal): Promise<Socket> {
  const refusal = rules.refusal(place);
  if (refusal !== undefined) throw new Refused(refusal);
  const { host, port } = place;
  const found =
    isIP(host) === 0 ? await lookup(host, { all: true }) : [{ address: host, family: isIP(host) }];
  const taken = found.filter(({ address }) => rules.takes(place, address));
  if (taken.length === 0)
    throw new Refused('it is this machine or in a network of its own, and --build-reach does not list it');
  signal.throwIfAborted();
  const limit = AbortSignal.any([signal, AbortSignal.timeout(CONNECT_LIMIT_MS)]);
  const socket = connect({ ...addressOf(place, taken), port, autoSelectFamily: true, allowHalfOpen: true });
  try {
    await once(socket, 'connect', { signal: limit });
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

function addressOf(
  { host }: Place,
  addresses: readonly { readonly address: string; readonly family: number }[],
): { readonly host: string; readonly lookup?: LookupFunction } {
  if (isIP(host) !== 0) return { host };
  const [first = { address: '', family: 4 }] = addresses;
  return {
    host,
    lookup: (_host, { all }, done) =>
      all ? done(null, [...addresses]) : done(null, first.address, first.family),
  };
}
