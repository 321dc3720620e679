import { createHash, timingSafeEqual } from 'node:crypto';

/** Who may publish under which name. */
export interface TokenEntry {
  /** `*`: every owner. */
  readonly owner: string;
  readonly token: string;
}

export interface Identity {
  readonly owner: string;
}

/** Finds whom a token belongs to, in a time that says nothing of the tokens. */
export type TokenCheck = (token: string) => Identity | undefined;

const digest = (token: string): Buffer => createHash('sha256').update(token).digest();

export function createTokenCheck(entries: readonly TokenEntry[]): TokenCheck {
  const known = entries.map(({ owner, token }) => ({ owner, digest: digest(token) }));
  return (token) => {
    const given = digest(token);
    let found: Identity | undefined;
    for (const entry of known) if (timingSafeEqual(entry.digest, given)) found ??= { owner: entry.owner };
    return found;
  };
}

/** Whether a token is good for what this owner has. */
export const owns = (identity: Identity | undefined, owner: string): boolean =>
  identity !== undefined && (identity.owner === '*' || identity.owner === owner);

/** Reads `OWNER TOKEN` lines; `#` begins a comment. A line that is neither is told by its number, never by its text. */
export function parseTokens(text: string): TokenEntry[] | { readonly wrongLine: number } {
  const entries: TokenEntry[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    const words = line.replace(/#.*$/, '').trim().split(/\s+/).filter(Boolean);
    const [owner, token] = words;
    if (words.length === 0) continue;
    if (owner === undefined || token === undefined || words.length > 2) return { wrongLine: index + 1 };
    entries.push({ owner, token });
  }
  return entries;
}
