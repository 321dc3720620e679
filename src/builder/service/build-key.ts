import { createHash } from 'node:crypto';
import type { RuntimeKind } from '../build.ts';

/** All that an image depends on, but the manifest that its source means at the moment. */
export interface KeyParts {
  readonly user: string;
  readonly pushHost: string;
  readonly source: string;
  readonly kind?: RuntimeKind;
  /** The entry of the catalogue, where one was asked for. */
  readonly builderId?: string;
  readonly recipeVersion: string;
  readonly file?: string;
}

const VERSION = 'slipway-image-1';

export const digestOf = (text: string): string => `sha256:${createHash('sha256').update(text).digest('hex')}`;

/**
 * 64 hexadecimal digits over a request. The source counts as it is written, since nobody waits for a registry to learn its key;
 * what it meant is compared beside the key.
 */
export function buildKeyOf(parts: KeyParts): string {
  const { user, pushHost, source, kind, builderId, recipeVersion, file } = parts;
  const words = [VERSION, user, pushHost, source, kind ?? null, builderId ?? null, recipeVersion];
  const whole = JSON.stringify([...words, file === undefined ? null : digestOf(file)]);
  return createHash('sha256').update(whole).digest('hex');
}
