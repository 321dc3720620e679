import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { onTestFinished } from 'vitest';
import { packTar, readAll } from '../../contract/tar.ts';

interface Blob {
  readonly mediaType: string;
  readonly digest: string;
  readonly bytes: Buffer;
}

const MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json';
const CONFIG = 'application/vnd.docker.container.image.v1+json';
const LAYER = 'application/vnd.docker.image.rootfs.diff.tar.gzip';

/** A registry on this machine with one image, `team/app:1`, for one user. Resolves with its host; ends with the test. */
export async function openTestRegistry(user: { username: string; password: string }): Promise<string> {
  const layer = await readAll(packTar([{ name: 'greeting', content: 'hello' }]));
  const blobs = imageBlobs(layer);
  const wanted = `Basic ${Buffer.from(`${user.username}:${user.password}`).toString('base64')}`;
  const server = createServer((request, response) => {
    if (request.headers.authorization === wanted) sendBlob(blobs, request, response);
    else response.writeHead(401, { 'www-authenticate': 'Basic realm="test"' }).end(errorBody('UNAUTHORIZED'));
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

function imageBlobs(layer: Buffer): readonly Blob[] {
  const packed = blob(LAYER, gzipSync(layer));
  const rootfs = { type: 'layers', diff_ids: [digestOf(layer)] };
  const config = blob(CONFIG, json({ architecture: 'amd64', os: 'linux', config: { User: 'jane' }, rootfs }));
  const manifest = {
    schemaVersion: 2,
    mediaType: MANIFEST,
    config: descriptor(config),
    layers: [descriptor(packed)],
  };
  return [packed, config, blob(MANIFEST, json(manifest))];
}

function sendBlob(blobs: readonly Blob[], request: IncomingMessage, response: ServerResponse): void {
  const [, kind, reference] = /^\/v2\/team\/app\/(manifests|blobs)\/(.+)$/.exec(request.url ?? '') ?? [];
  const found = blobs.find(({ digest, mediaType }) =>
    kind === 'manifests' && reference === '1' ? mediaType === MANIFEST : digest === reference,
  );
  if (request.url === '/v2/') response.end('{}');
  else if (!found) response.writeHead(404).end(errorBody('MANIFEST_UNKNOWN'));
  else {
    const { mediaType, digest, bytes } = found;
    const length = String(bytes.length);
    response.writeHead(200, {
      'content-type': mediaType,
      'docker-content-digest': digest,
      'content-length': length,
    });
    response.end(request.method === 'HEAD' ? undefined : bytes);
  }
}

const json = (value: object): Buffer => Buffer.from(JSON.stringify(value));

const errorBody = (code: string): string =>
  JSON.stringify({ errors: [{ code, message: code.toLowerCase() }] });

const digestOf = (bytes: Buffer): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

const blob = (mediaType: string, bytes: Buffer): Blob => ({ mediaType, digest: digestOf(bytes), bytes });

const descriptor = ({ mediaType, digest, bytes }: Blob) => ({ mediaType, digest, size: bytes.length });
