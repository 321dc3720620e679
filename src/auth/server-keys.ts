import { hkdfSync, randomBytes } from 'node:crypto';
import { type Database, DatabaseError, type Migration, type Statement } from '../database/index.ts';
import type { Client } from './caller.ts';

/** The table of the servers' key. */
export const AUTH_MIGRATIONS: readonly Migration[] = [
  {
    capability: 'auth',
    version: 1,
    about: 'the key that all servers share',
    sqlite: [
      `CREATE TABLE auth_keys (name TEXT PRIMARY KEY, secret TEXT NOT NULL, created INTEGER NOT NULL) STRICT`,
    ],
    postgres: [
      `CREATE TABLE auth_keys (name TEXT PRIMARY KEY, secret TEXT NOT NULL, created BIGINT NOT NULL)`,
    ],
  },
];

/** Secrets that all servers of a database share; who can read the database can do all that the servers can. */
export interface ServerKeys {
  /** Issues the credentials of claims, and others that servers give out. */
  readonly issuer: Client;
  /** 32 bytes for one purpose, the same in each server; what is signed for one purpose is good for no other. */
  keyFor(purpose: string): Buffer;
}

/** The clientId of {@link ServerKeys.issuer}; no permanent client may have it. */
export const ISSUER_ID = 'slipway/queue';

const KEY_BYTES = 32; // as long as what HMAC-SHA256 gives

const INSERT: Statement = both(
  `INSERT INTO auth_keys (name, secret, created) VALUES ('server', $1, $2) ON CONFLICT (name) DO NOTHING`,
);
const SELECT: Statement = both(`SELECT secret FROM auth_keys WHERE name = 'server'`);

function both(sql: string): Statement {
  return { sqlite: sql, postgres: sql };
}

/**
 * The keys of a database, which are made where it has none; servers that do so at the same time get the same ones. The
 * database is opened with `AUTH_MIGRATIONS`.
 */
export async function openServerKeys(database: Database, now: number = Date.now()): Promise<ServerKeys> {
  const secret = (await readSecret(database)) ?? (await makeSecret(database, now));
  const master = Buffer.from(secret, 'base64url');
  if (master.length !== KEY_BYTES) {
    throw new DatabaseError(
      'DAMAGED',
      `The servers' key in ${database.name} is damaged: its length is wrong`,
      {
        hint: 'restore the table auth_keys from a copy; without its row a new key is made, and claims end at their next renewal',
      },
    );
  }
  return keysOf(master);
}

/** Keys of a server without a database: they, and what was signed with them, end with it. */
export const passingServerKeys = (): ServerKeys => keysOf(randomBytes(KEY_BYTES));

function keysOf(master: Buffer): ServerKeys {
  const keyFor = (purpose: string): Buffer =>
    Buffer.from(hkdfSync('sha256', master, '', `slipway ${purpose}`, KEY_BYTES));
  const issuer = {
    clientId: ISSUER_ID,
    accessToken: keyFor('temporary credentials').toString('base64url'),
    scopes: ['*'],
  };
  return { issuer, keyFor };
}

async function readSecret(database: Database): Promise<string | undefined> {
  const [row] = await database.query<{ secret: string }>(SELECT);
  return row?.secret;
}

/** Whoever inserts first decides; the others read what is there. */
async function makeSecret(database: Database, now: number): Promise<string> {
  await database.query(INSERT, [randomBytes(KEY_BYTES).toString('base64url'), now]);
  const secret = await readSecret(database);
  if (secret === undefined)
    throw new DatabaseError(
      'DAMAGED',
      `The servers' key in ${database.name} went away as soon as it was made`,
    );
  return secret;
}
