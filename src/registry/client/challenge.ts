/** One way of saying who calls that a registry offers: `Bearer realm="…",service="…"`. */
export interface Challenge {
  /** In lower case. */
  readonly scheme: string;
  /** Names in lower case. */
  readonly parameters: ReadonlyMap<string, string>;
}

const MAX_LENGTH = 8 * 1024;
// A parameter, or a scheme with what may follow it. Each alternative begins with another character or ends at the first
// that does not fit, so that no text takes long.
const PIECE = /[\s,]*(?:([\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s",]*))|([\w-]+)(?=[\s,]|$))/y;

/** Reads `WWW-Authenticate`, several challenges in one or more lines; stops at what makes no sense. */
export function readChallenges(header: string | undefined): Challenge[] {
  const text = (header ?? '').slice(0, MAX_LENGTH);
  const challenges: { scheme: string; parameters: Map<string, string> }[] = [];
  PIECE.lastIndex = 0;
  for (let piece = PIECE.exec(text); piece !== null; piece = PIECE.exec(text)) {
    const [, name, quoted, plain, scheme] = piece;
    if (scheme !== undefined) challenges.push({ scheme: scheme.toLowerCase(), parameters: new Map() });
    else
      challenges
        .at(-1)
        ?.parameters.set(name?.toLowerCase() ?? '', quoted?.replace(/\\(.)/g, '$1') ?? plain ?? '');
  }
  return challenges;
}
