import { afterEach, describe, expect, it } from 'vitest';
import {
  type MetadataServer,
  type MetadataServerOptions,
  startMetadataServer,
} from '../testing/metadata-server.ts';
import { createEc2Metadata, ec2Endpoint } from './ec2-metadata.ts';
import { spotNotice } from './spot-notice.ts';

const servers: MetadataServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server[Symbol.asyncDispose]();
});

const VALUES = { 'latest/meta-data/instance-id': 'i-1' };

async function start(options: Partial<MetadataServerOptions> = {}): Promise<MetadataServer> {
  const server = await startMetadataServer({ values: VALUES, ...options });
  servers.push(server);
  return server;
}

const clientOf = ({ endpoint }: MetadataServer, timeoutMs = 20_000) =>
  createEc2Metadata({ endpoint, timeoutMs });

describe('the EC2 metadata service', () => {
  it.each(['sessions', 'both', 'plain'] as const)('is read where it speaks %s', async (version) => {
    const metadata = clientOf(await start({ version }));
    expect(await metadata.get('latest/meta-data/instance-id')).toBe('i-1');
    expect(await metadata.get('latest/meta-data/public-ipv4')).toBeUndefined();
  });

  it('is asked for one session, whatever is read in it, and for another once that has ended', async () => {
    const server = await start();
    const metadata = clientOf(server);
    await metadata.get('latest/meta-data/instance-id');
    await metadata.get('latest/meta-data/instance-id');
    const sessions = () => server.requests.filter((request) => request.startsWith('PUT'));
    expect(sessions()).toHaveLength(1);
    server.forgetSessions();
    expect(await metadata.get('latest/meta-data/instance-id')).toBe('i-1');
    expect(sessions()).toHaveLength(2);
  });

  it.each([
    ['does not answer in time', () => undefined, 'does not answer in time'],
    ['breaks off', ({ socket }) => socket.destroy(), 'does not answer at all'],
    [
      'sends somebody elsewhere',
      (_, r) => r.writeHead(302, { location: '/x' }).end(),
      'does not answer at all',
    ],
    ['fails', (_, response) => response.writeHead(500).end(), 'status 500'],
    ['says too much', (_, response) => response.end('x'.repeat(100_000)), 'more than 65536 bytes'],
    ['gives a token that is none', (_, response) => response.end('a\u0001b'), 'no session token'],
  ] satisfies [string, MetadataServerOptions['answer'], string][])(
    'is said not to be there when it %s',
    async (_, answer, message) => {
      const metadata = clientOf(await start({ answer }), message.includes('in time') ? 50 : 20_000);
      await expect(metadata.get('latest/meta-data/instance-id')).rejects.toThrow(message);
    },
  );

  it('is where the environment says', () => {
    expect(ec2Endpoint({})).toEqual({});
    expect(ec2Endpoint({ AWS_EC2_METADATA_SERVICE_ENDPOINT: 'http://[fd00::1]/' })).toEqual({
      endpoint: 'http://[fd00::1]',
    });
  });
});

describe('a notice that the machine will be taken away', () => {
  it('is seen when it comes, whatever went wrong before', async () => {
    const server = await start();
    const notice = spotNotice(clientOf(server), new AbortController().signal, 5);
    server.forgetSessions();
    server.values['latest/meta-data/spot/termination-time'] = '2026-11-21T20:00:00Z\n';
    expect(await notice).toBe('2026-11-21T20:00:00Z');
  });

  it('is not waited for when nobody wants to know any more', async () => {
    const ending = new AbortController();
    const notice = spotNotice(clientOf(await start()), ending.signal, 600_000);
    ending.abort();
    expect(await notice).toBeUndefined();
  });
});
