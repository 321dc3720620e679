import { isPublic, type OwnAddresses } from './addresses.ts';
import { type Place, readPlace } from './place.ts';

/** What builds may reach. */
export interface ReachRules {
  /** Whether a place may be asked for at all; a sentence says why not. */
  readonly refusal: (place: Place) => string | undefined;
  /** Whether one of the addresses that the place's name means may be used. */
  readonly takes: (place: Place, address: string) => boolean;
}

interface Pattern {
  readonly host: string;
  /** Every name below `host`, and not `host` itself. */
  readonly isBelow: boolean;
  readonly ports: readonly number[];
}

const WEB_PORTS = [80, 443];

/**
 * With patterns, builds reach these hosts whatever addresses they have, and no others; without, all that is on the internet
 * at the ports of the web. A pattern is `HOST`, `HOST:PORT`, or `*.` before either.
 */
export function reachRules(patterns: readonly string[] = [], own?: OwnAddresses): ReachRules {
  const all = patterns.map(patternOf);
  if (all.length > 0) {
    const allows = (place: Place): boolean => all.some((each) => matches(each, place));
    return {
      refusal: (place) => (allows(place) ? undefined : 'it is none of what --build-reach lists'),
      takes: () => true,
    };
  }
  return {
    refusal: ({ port }) =>
      WEB_PORTS.includes(port) ? undefined : `port ${port} is not 80 or 443, and --build-reach lists nothing`,
    takes: (_place, address) => isPublic(address, own),
  };
}

function patternOf(text: string): Pattern {
  const isBelow = text.startsWith('*.');
  const bare = isBelow ? text.slice(2) : text;
  const exact = readPlace(bare);
  const { host = '' } = readPlace(bare, 443) ?? {};
  return { host, isBelow, ports: exact === undefined ? WEB_PORTS : [exact.port] };
}

const matches = ({ host, isBelow, ports }: Pattern, place: Place): boolean =>
  ports.includes(place.port) && (isBelow ? place.host.endsWith(`.${host}`) : place.host === host);
