import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { BuildError } from '../error.ts';

const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12; // what GCM is made for
const TAG_BYTES = 16;

type Variables = Readonly<Record<string, string>>;

/** What was sealed for one build opens for no other. */
export interface Seal {
  close(variables: Variables, build: string): string;
  /** Throws `BuildError` for what was sealed with another key, or changed. */
  open(sealed: string, build: string): Variables;
}

/** Nothing, which is what a build's end leaves. */
const NOTHING = '{}';

/**
 * Keeps the variables of users, which may have passwords, out of what others see of a database: statements in its log, copies of
 * a table, pages that are free. Who reads all of it has the servers' key too.
 *
 * @param key - 32 bytes, the same in all servers of the database
 */
export function createSeal(key: Uint8Array): Seal {
  return {
    close(variables, build) {
      if (Object.keys(variables).length === 0) return NOTHING;
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES }).setAAD(
        Buffer.from(build),
      );
      const bytes = [
        nonce,
        cipher.update(JSON.stringify(variables), 'utf8'),
        cipher.final(),
        cipher.getAuthTag(),
      ];
      return Buffer.concat(bytes).toString('base64url');
    },
    open(sealed, build) {
      if (sealed === NOTHING) return {};
      try {
        return JSON.parse(opened(key, Buffer.from(sealed, 'base64url'), build)) as Variables; // written by `close`
      } catch (cause) {
        throw new BuildError(
          'backend-failed',
          'Where the image goes was kept with another key than the one that the servers have: start the build again',
          { cause },
        );
      }
    },
  };
}

function opened(key: Uint8Array, bytes: Buffer, build: string): string {
  const nonce = bytes.subarray(0, NONCE_BYTES);
  const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(build)).setAuthTag(bytes.subarray(-TAG_BYTES));
  const text = [decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()];
  return Buffer.concat(text).toString();
}
