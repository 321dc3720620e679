import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import type { CommandContext } from '../command.ts';
import { engineWithin } from './engine-within.ts';

it('an engine that takes connections and never answers holds nothing open after its time', async () => {
  const silent = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void silent.close());
  await once(silent, 'listening');
  const { port } = silent.address() as AddressInfo; // it listens on a port
  const environment = { DOCKER_HOST: `tcp://127.0.0.1:${port}` };
  // Of flags it asks for their text alone.
  const flags = { text: () => undefined } as unknown as CommandContext['flags'];
  const time = new AbortController();
  await using engine = await engineWithin({ flags, environment }, time.signal, 1);
  const connected = once(silent, 'connection');
  const asked = engine.inspectNetwork('bridge');
  const [socket] = await connected;
  const closed = once(socket.resume(), 'close');
  time.abort();
  await expect(asked).rejects.toThrow();
  await closed;
});
