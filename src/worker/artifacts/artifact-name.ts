import { ARTIFACT_NAME } from '../../queue-api/index.ts';

const FIRST_PRINTABLE = 0x20;
const LAST_PRINTABLE = 0x7e;

/**
 * A file's name as a part of an artifact's: bytes that are no printable ASCII in percent-encoding, since the queue takes no
 * others.
 */
export function asArtifactName(path: string): string {
  return [...Buffer.from(path)]
    .map((byte) =>
      byte >= FIRST_PRINTABLE && byte <= LAST_PRINTABLE
        ? String.fromCharCode(byte)
        : `%${byte.toString(16).padStart(2, '0').toUpperCase()}`,
    )
    .join('');
}

export const isArtifactName = (name: string): boolean => ARTIFACT_NAME.test(name);
