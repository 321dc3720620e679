/** Why a text is not an image's name. */
export interface ImageNameProblem {
  /** In words, to follow the name: `"Web" has upper-case letters, and a repository has none`. */
  readonly reason: string;
  /** Where it begins to be wrong: UTF-16 code units from 0. */
  readonly position: number;
}

/** A part of a name, and where in the text it begins. */
export interface Piece {
  readonly text: string;
  readonly at: number;
}

type Check = (piece: Piece) => ImageNameProblem | undefined;

/** What registries accept, `library/` counted and the host not. */
export const MAX_PATH = 255;

const MAX_HOST = 253 + ':65535'.length; // DNS
const MAX_TAG = 128;

const LABEL = '[a-z0-9](?:[a-z0-9-]*[a-z0-9])?';
const HOST = new RegExp(`^(?:${LABEL}(?:\\.${LABEL})*|\\[[0-9a-f:]{2,45}\\])$`, 'i');
const HOST_AND_PORT = /^(\[[^\]]*\]|[^:]*)(?::(.*))?$/s;
const PATH_PART = /^[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*$/;
const TAG = /^\w[\w.-]*$/;
const HEX_DIGITS: ReadonlyMap<string, number> = new Map([
  ['sha256', 64],
  ['sha384', 96],
  ['sha512', 128],
]);

/** Whether the part before the first slash is a registry's host and not the first part of the path. */
export function looksLikeHost(part: string): boolean {
  return /[.:]/.test(part) || part.toLowerCase() === 'localhost';
}

/** A host with an optional port. */
export const checkHost: Check = ({ text, at }) => {
  const [, host = '', port] = HOST_AND_PORT.exec(text) ?? [];
  if (text.length > MAX_HOST) return { reason: 'the registry is too long for a host name', position: at };
  if (!HOST.test(host)) return { reason: `${quote(host)} is not a host name`, position: at };
  if (port === undefined || isPort(port)) return undefined;
  return { reason: `${quote(port)} is not a port: 1 to 65535`, position: at + host.length + 1 };
};

/** The path inside a registry. */
export const checkPath: Check = ({ text, at }) => {
  if (text === '') return { reason: 'there is no repository', position: at };
  let position = at;
  for (const part of text.split('/')) {
    const problem = checkPathPart({ text: part, at: position });
    if (problem !== undefined) return problem;
    position += part.length + 1;
  }
  return undefined;
};

const checkPathPart: Check = ({ text, at }) => {
  if (PATH_PART.test(text)) return undefined;
  if (text === '') return { reason: 'a part between the slashes is empty', position: at };
  const upper = text.search(/[A-Z]/);
  if (upper >= 0) {
    return {
      reason: `${quote(text)} has upper-case letters, and a repository has none`,
      position: at + upper,
    };
  }
  const rule = 'letters and digits, and between them one dot, one or two underscores, or dashes';
  return { reason: `${quote(text)} is not a part of a repository: ${rule}`, position: at };
};

export const checkTag: Check = ({ text, at }) => {
  if (text === '') return { reason: 'no tag follows the colon', position: at };
  if (text.length > MAX_TAG) {
    return { reason: `the tag is longer than ${MAX_TAG} characters`, position: at + MAX_TAG };
  }
  if (TAG.test(text)) return undefined;
  const rule = 'letters, digits and underscores, and from the second character on dots and dashes';
  return { reason: `${quote(text)} is not a tag: ${rule}`, position: at };
};

export const checkDigest: Check = ({ text, at }) => {
  const second = text.indexOf('@');
  if (second >= 0) return { reason: 'there is more than one "@"', position: at + second };
  const [algorithm = '', hex = ''] = text.split(/:(.*)/);
  const digits = HEX_DIGITS.get(algorithm);
  if (digits === undefined) {
    return { reason: `${quote(text)} is not a digest, such as "sha256:…"`, position: at };
  }
  if (hex.length === digits && /^[0-9a-f]*$/.test(hex)) return undefined;
  const reason = `the digest needs ${digits} lower-case hexadecimal digits after "${algorithm}:"`;
  // The colon may be missing too.
  return { reason, position: at + Math.min(algorithm.length + 1, text.length) };
};

function isPort(text: string): boolean {
  return /^[1-9]\d{0,4}$/.test(text) && Number(text) <= 65_535;
}

function quote(text: string): string {
  return text.length > 60 ? `"${text.slice(0, 60)}…"` : `"${text}"`;
}
