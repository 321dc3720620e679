import { type Challenge, readChallenges } from './challenge.ts';
import type { RegistryCredentials } from './registry-client.ts';
import { basicHeader, requestToken, type Token } from './token.ts';
import type { HttpAnswer, Transport } from './transport.ts';

/** How one registry wants to know who calls; learnt from its first refusal. */
export interface Authorization {
  /** The headers for a request that needs these scopes, as far as is known by now. Throws as `requestToken`. */
  headers(scopes: readonly string[], signal: AbortSignal): Promise<Record<string, string>>;
  /**
   * Learns from an answer 401 to a request with `sent`. `false`: nothing was learnt, the same request again would be refused
   * again.
   */
  learn(answer: HttpAnswer, scopes: readonly string[], sent: Readonly<Record<string, string>>): boolean;
}

export interface AuthorizationOptions {
  readonly transport: Transport;
  readonly origin: URL;
  readonly credentials: RegistryCredentials | undefined;
  readonly now: () => number;
}

const MAX_TOKENS = 200;

export function createAuthorization(options: AuthorizationOptions): Authorization {
  const { transport, origin, credentials, now } = options;
  let challenge: Challenge | undefined;
  // Promises, so that requests at the same time ask once.
  const tokens = new Map<string, Promise<Token>>();

  const tokenFor = async (scopes: readonly string[], bearer: Challenge, signal: AbortSignal) => {
    const key = scopes.toSorted().join(' ');
    const kept = await tokens.get(key)?.catch(() => undefined); // whoever asked for it was told
    if (kept !== undefined && kept.usedUntil > now()) return kept.text;
    const asked = requestToken(transport, { origin, challenge: bearer, scopes, credentials, now, signal });
    tokens.delete(key);
    tokens.set(key, asked);
    for (const [oldest] of tokens) if (tokens.size > MAX_TOKENS) tokens.delete(oldest);
    return (await asked).text;
  };

  return {
    async headers(scopes, signal) {
      if (challenge === undefined) return {};
      if (challenge.scheme === 'basic') return basicHeader(credentials);
      return { authorization: `Bearer ${await tokenFor(scopes, challenge, signal)}` };
    },
    learn(answer, scopes, sent) {
      const offered = readChallenges(answer.header('www-authenticate'));
      const chosen = choose(offered, credentials);
      if (chosen === undefined) return false;
      challenge = chosen;
      // The token may have been revoked, or have ended early by the registry's clock.
      tokens.delete(scopes.toSorted().join(' '));
      return chosen.scheme === 'bearer' || !('authorization' in sent);
    },
  };
}

/** A token where one is offered: it says less, and for less long, than a password. */
function choose(
  offered: readonly Challenge[],
  credentials: RegistryCredentials | undefined,
): Challenge | undefined {
  const bearer = offered.find(({ scheme }) => scheme === 'bearer');
  if (bearer !== undefined) return bearer;
  return credentials === undefined ? undefined : offered.find(({ scheme }) => scheme === 'basic');
}
