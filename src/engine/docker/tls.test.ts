import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectFailure } from '../contract/failure.ts';
import { readOutput } from '../contract/output.ts';
import { openDockerEngine } from './index.ts';

// One authority and one certificate for localhost and 127.0.0.1, good for a hundred years and for nothing else.
const FIXTURES = join(import.meta.dirname, 'fixtures/tls');

describe('an engine over TLS', () => {
  let server: Server;
  let host: string;
  beforeAll(async () => {
    const [ca, cert, key] = await Promise.all(
      ['ca.pem', 'cert.pem', 'key.pem'].map((name) => readFile(join(FIXTURES, name))),
    );
    server = createServer(
      { ca, cert, key, requestCert: true, rejectUnauthorized: true },
      (request, response) => {
        if (request.url === '/version')
          response.end('{"Version":"1","Os":"linux","Arch":"arm64","Components":[]}');
        else response.setHeader('server', 'Docker/1 (linux)').end('OK');
      },
    );
    server.on('upgrade', (_request, socket) => {
      socket.write(
        'HTTP/1.1 101 UPGRADED\r\nconnection: Upgrade\r\nupgrade: tcp\r\n\r\n\x01\0\0\0\0\0\0\x02hi',
      );
      socket.end();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    // The server listens on a port, not on a pipe.
    host = `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });

  it('is reached with the client certificate; its architecture is asked for', async () => {
    await using engine = await openDockerEngine({
      host,
      tlsVerify: true,
      certPath: FIXTURES,
      environment: {},
    });
    expect(await engine.ping()).toEqual({
      name: 'Docker',
      version: '1',
      os: 'linux',
      architecture: 'arm64',
      endpoint: host.replace('tcp', 'https'),
    });
  });

  it('hands over connections', async () => {
    await using engine = await openDockerEngine({
      host,
      tlsVerify: true,
      certPath: FIXTURES,
      environment: {},
    });
    await using attachment = await engine.attachContainer('x', { input: false });
    expect((await readOutput(attachment.output)).stdout.toString()).toBe('hi');
  });

  it('is UNREACHABLE where its certificate is not trusted', async () => {
    await using engine = await openDockerEngine({ host: host.replace('tcp', 'https'), environment: {} });
    const error = await expectFailure(engine.ping(), 'UNREACHABLE');
    expect(error.message).toMatch(/certificate.*; check DOCKER_TLS_VERIFY/);
  });

  it('is UNREACHABLE without TLS', async () => {
    await using engine = await openDockerEngine({ host, environment: {} });
    await expectFailure(engine.ping(), 'UNREACHABLE');
  });
});
