import { looksLikeHost, type Piece } from './image-name-checks.ts';

/** A name cut at its separators; nothing about the parts is checked. */
export interface Pieces {
  readonly host?: Piece;
  readonly path: Piece;
  readonly tag?: Piece;
  readonly digest?: Piece;
}

export function cutName(text: string): Pieces {
  const at = text.indexOf('@');
  const name = at < 0 ? text : text.slice(0, at);
  const colon = name.indexOf(':', name.lastIndexOf('/') + 1);
  const repository = colon < 0 ? name : name.slice(0, colon);
  const slash = repository.indexOf('/');
  const hasHost = slash >= 0 && looksLikeHost(repository.slice(0, slash));
  const pathAt = hasHost ? slash + 1 : 0;
  return {
    ...(hasHost && { host: { text: repository.slice(0, slash), at: 0 } }),
    path: { text: repository.slice(pathAt), at: pathAt },
    ...(colon >= 0 && { tag: { text: name.slice(colon + 1), at: colon + 1 } }),
    ...(at >= 0 && { digest: { text: text.slice(at + 1), at: at + 1 } }),
  };
}

/** The registry's host as the text has it; absent: the text names none. */
export function writtenHost(text: string): string | undefined {
  return cutName(text).host?.text;
}

/** The text with its repository in lower case; tag and digest keep theirs. */
export function lowerCaseRepository(text: string): string {
  const { path } = cutName(text);
  const end = path.at + path.text.length;
  return text.slice(0, end).toLowerCase() + text.slice(end);
}
