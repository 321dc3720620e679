import { randomUUID, sign, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

const FOLDER = join(import.meta.dirname, 'registry');

/** Whose tokens the registry believes, as a file. */
export const TOKEN_CERTIFICATE = join(FOLDER, 'token.crt');
export const TOKEN_ISSUER = 'slipway tests';
export const TOKEN_SERVICE = 'registry under test';

const SECONDS = 300;

/** What gives tokens for a registry to those who know the user's password, by the distribution project's protocol. */
export interface TokenServer extends AsyncDisposable {
  readonly url: string;
}

export async function openTokenServer(user: {
  readonly username: string;
  readonly password: string;
}): Promise<TokenServer> {
  const wanted = `Basic ${Buffer.from(`${user.username}:${user.password}`).toString('base64')}`;
  const server = createServer((request, response) => {
    if (request.headers.authorization !== wanted) {
      response.writeHead(401, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ errors: [{ code: 'UNAUTHORIZED', message: 'who are you?' }] }));
      return;
    }
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ token: tokenFor(request, user.username), expires_in: SECONDS }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // it listens on a port, not on a pipe
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** `repository:team/app:pull,push`; nobody may push to what is below `readonly/`. */
function accessOf(request: IncomingMessage): object[] {
  const { searchParams } = new URL(request.url ?? '', 'http://localhost');
  return searchParams.getAll('scope').flatMap((scope) => {
    const [type = '', name = '', actions = ''] = scope.split(':');
    const allowed = (action: string): boolean => action === 'pull' || !name.startsWith('readonly/');
    return [{ type, name, actions: actions.split(',').filter(allowed) }];
  });
}

function tokenFor(request: IncomingMessage, subject: string): string {
  const certificate = new X509Certificate(readFileSync(TOKEN_CERTIFICATE));
  const header = { typ: 'JWT', alg: 'RS256', x5c: [certificate.raw.toString('base64')] };
  const now = Math.floor(Date.now() / 1000);
  const claims = {
    iss: TOKEN_ISSUER,
    sub: subject,
    aud: TOKEN_SERVICE,
    exp: now + SECONDS,
    nbf: now - 10,
    iat: now,
    jti: randomUUID(),
    access: accessOf(request),
  };
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const text = `${encode(header)}.${encode(claims)}`;
  const key = readFileSync(join(FOLDER, 'token.key'));
  return `${text}.${sign('RSA-SHA256', Buffer.from(text), key).toString('base64url')}`;
}
