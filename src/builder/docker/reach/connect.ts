import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { connect, isIP, type LookupFunction, type Socket } from 'node:net';
import { ByteGate } from '../../../kernel/index.ts';
import type { Place } from './place.ts';
import type { ReachRules } from './rules.ts';

/** A place that a build may not reach; the message is for people. */
export class Refused extends Error {}

const CONNECT_LIMIT_MS = 30_000;

/**
 * A name server that says nothing holds one of the four threads that all of the process reads files with: builds have two of
 * them, and one build one at a time.
 */
const lookups = new ByteGate(2);

/** Who connects. */
export interface Connecting {
  readonly rules: ReachRules;
  /** One build's turns of looking up names. */
  readonly turns: ByteGate;
  readonly signal: AbortSignal;
}

/**
 * Connects to one of the addresses that a place has now and that the rules take: those that were looked at and no others,
 * whatever its name means a moment later. Throws `Refused`, and errors of the network.
 */
export async function connectTo(place: Place, { rules, turns, signal }: Connecting): Promise<Socket> {
  const refusal = rules.refusal(place);
  if (refusal !== undefined) throw new Refused(refusal);
  const { host, port } = place;
  const found =
    isIP(host) === 0 ? await lookUp(host, turns, signal) : [{ address: host, family: isIP(host) }];
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

async function lookUp(host: string, turns: ByteGate, signal: AbortSignal): Promise<LookupAddress[]> {
  using _own = await turns.hold(1, signal);
  using _all = await lookups.hold(1, signal);
  return await lookup(host, { all: true });
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
