import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { readAll } from '../../contract/tar.ts';
import { blob, contentsWithImage, type RegistryContents } from './registry-contents.ts';

export interface TestRegistryOptions {
  readonly user: { readonly username: string; readonly password: string };
  /** How it wants to know who asks. @defaultValue `basic` */
  readonly scheme?: 'basic' | 'bearer';
  /** What it does with a request instead of answering it; `false`: nothing, it answers. */
  readonly fault?: (request: IncomingMessage, response: ServerResponse) => boolean;
}

/** A registry on this machine with one image, `team/app:1`, for one user. Resolves with its host; ends with the test. */
export async function openTestRegistry(options: TestRegistryOptions): Promise<string> {
  const registry = new TestRegistry(await contentsWithImage(), options);
  const server = createServer((request, response) => {
    // What a fault breaks off is no matter to the registry.
    registry.answer(request, response).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  // The server listens on a port, not on a pipe.
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** The part of the OCI distribution protocol that engines use to pull and to push. */
class TestRegistry {
  readonly #contents: RegistryContents;
  readonly #options: TestRegistryOptions;
  readonly #uploads = new Map<string, Buffer>();
  readonly #token = randomUUID();

  constructor(contents: RegistryContents, options: TestRegistryOptions) {
    this.#contents = contents;
    this.#options = options;
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://registry');
    if (pathname === '/token') return this.#sendToken(request, response);
    if (!this.#isWelcome(request)) return this.#ask(request, response);
    if (this.#options.fault?.(request, response)) return;
    const [, repository = '', kind, reference = ''] =
      /^\/v2\/(.+)\/(manifests|blobs\/uploads|blobs)\/([^/]*)$/.exec(pathname) ?? [];
    if (pathname === '/v2/') return void response.end('{}');
    if (kind === 'blobs/uploads') {
      const digest = searchParams.get('digest');
      return await this.#upload(request, response, { repository, id: reference, digest });
    }
    if (request.method === 'PUT')
      return await this.#putManifest(request, response, `${repository}:${reference}`);
    this.#send(request, response, this.#contents.find(repository, reference));
  }

  /** POST begins an upload, PATCH adds to it, PUT ends it with the digest of all. */
  async #upload(
    request: IncomingMessage,
    response: ServerResponse,
    upload: { repository: string; id: string; digest: string | null },
  ): Promise<void> {
    const id = upload.id || randomUUID();
    const bytes = Buffer.concat([this.#uploads.get(id) ?? Buffer.alloc(0), await readAll(request)]);
    this.#uploads.set(id, bytes);
    const location = `/v2/${upload.repository}/blobs/uploads/${id}`;
    if (request.method !== 'PUT') {
      response.writeHead(202, {
        location,
        range: `0-${Math.max(0, bytes.length - 1)}`,
        'docker-upload-uuid': id,
      });
      return void response.end();
    }
    this.#uploads.delete(id);
    const found = blob('application/octet-stream', bytes);
    if (found.digest !== upload.digest) return refuse(response, 400, 'DIGEST_INVALID');
    this.#contents.add(found);
    created(response, found.digest);
  }

  async #putManifest(request: IncomingMessage, response: ServerResponse, name: string): Promise<void> {
    const found = blob(request.headers['content-type'] ?? '', await readAll(request));
    this.#contents.add(found, name);
    created(response, found.digest);
  }

  #send(
    request: IncomingMessage,
    response: ServerResponse,
    found: ReturnType<RegistryContents['find']>,
  ): void {
    if (!found) {
      refuse(response, 404, 'MANIFEST_UNKNOWN');
      return;
    }
    const { mediaType, digest, bytes } = found;
    const length = String(bytes.length);
    response.writeHead(200, {
      'content-type': mediaType,
      'docker-content-digest': digest,
      'content-length': length,
    });
    response.end(request.method === 'HEAD' ? undefined : bytes);
  }

  #isWelcome({ headers }: IncomingMessage): boolean {
    const wanted = this.#options.scheme === 'bearer' ? `Bearer ${this.#token}` : this.#basic();
    return headers.authorization === wanted;
  }

  #basic(): string {
    const { username, password } = this.#options.user;
    return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  }

  #ask({ headers }: IncomingMessage, response: ServerResponse): void {
    const bearer = `Bearer realm="http://${headers.host}/token",service="test"`;
    const challenge = this.#options.scheme === 'bearer' ? bearer : 'Basic realm="test"';
    response.setHeader('www-authenticate', challenge);
    refuse(response, 401, 'UNAUTHORIZED');
  }

  #sendToken({ headers }: IncomingMessage, response: ServerResponse): void {
    if (headers.authorization !== this.#basic()) {
      refuse(response, 401, 'UNAUTHORIZED');
      return;
    }
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ token: this.#token, access_token: this.#token, expires_in: 300 }));
  }
}

/** Refuses in the protocol's words. */
export function refuse(response: ServerResponse, status: number, code: string): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ errors: [{ code, message: code.toLowerCase() }] }));
}

function created(response: ServerResponse, digest: string): void {
  response.writeHead(201, { 'docker-content-digest': digest, location: `/v2/blobs/${digest}` }).end();
}
