import { readFileSync } from 'node:fs';
import type { ConnectionOptions as TlsOptions } from 'node:tls';
import { DatabaseError } from '../error.ts';

/** What a URL says, apart: where, and how TLS is used; and how the database is called in messages. */
export interface ConnectionOptions {
  /** Without what is said by `ssl`. */
  readonly url: string;
  readonly ssl: 'require' | 'prefer' | TlsOptions | false;
  /** Without the password. */
  readonly name: string;
}

/** Reads a URL as libpq does. Throws `REFUSED` for what is none, and for files that cannot be read. */
export function connectionOptions(text: string): ConnectionOptions {
  const url = parse(text);
  const ssl = tlsOf(url);
  const name = new URL(url);
  name.password = '';
  name.search = '';
  return { url: url.href, ssl, name: name.href };
}

function parse(text: string): URL {
  const url = URL.parse(text);
  if (url !== null && (url.protocol === 'postgres:' || url.protocol === 'postgresql:')) return url;
  // The text itself may have a password in it.
  throw new DatabaseError('REFUSED', 'The address of the database is no URL of PostgreSQL', {
    hint: 'write it as postgres://user:password@host:5432/database',
  });
}

const take = (url: URL, name: string): string | undefined => {
  const value = url.searchParams.get(name) ?? undefined;
  url.searchParams.delete(name);
  return value;
};

function tlsOf(url: URL): ConnectionOptions['ssl'] {
  const mode = take(url, 'sslmode') ?? 'prefer';
  const [ca, cert, key] = ['sslrootcert', 'sslcert', 'sslkey'].map((name) => file(name, take(url, name)));
  const files = { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) };
  switch (mode) {
    case 'disable':
      return false;
    case 'allow':
    case 'prefer':
      return 'prefer';
    case 'require':
      // With a root certificate, libpq checks the chain here as well.
      return ca === undefined ? { ...files, rejectUnauthorized: false } : withoutName(files);
    case 'verify-ca':
      return withoutName(files);
    case 'verify-full':
      return files;
    default:
      throw new DatabaseError('REFUSED', `sslmode=${mode} in the database's URL is none`, {
        hint: 'use disable, prefer, require, verify-ca or verify-full',
      });
  }
}

const withoutName = (files: TlsOptions): TlsOptions => ({ ...files, checkServerIdentity: () => undefined });

function file(name: string, path: string | undefined): Buffer | undefined {
  if (path === undefined) return undefined;
  try {
    return readFileSync(path);
  } catch (error) {
    throw new DatabaseError(
      'REFUSED',
      `The file that ${name} names in the database's URL cannot be read: ${(error as Error).message}`,
      { cause: error },
    );
  }
}
