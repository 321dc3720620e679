import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { ask } from '../../test/support/ask.ts';
import { createServerMetrics } from '../server/index.ts';
import type { CommandContext } from './command.ts';
import { serveUntilStopped } from './serve-until-stopped.ts';

// Of a context it asks for these alone.
const context = (): CommandContext =>
  ({
    flags: { given: () => false, on: () => false },
    environment: {},
    stderr: new PassThrough().resume(),
  }) as unknown as CommandContext;

const LISTENING = { host: '127.0.0.1', port: 0, drainTimeoutMs: 60_000 };

it('a server that fails once it listens closes what it has opened, after it answers nobody any more', async () => {
  const order: string[] = [];
  let url = '';
  const isGone = async (): Promise<void> => {
    order.push(
      await ask(url, '/').then(
        () => 'answered',
        () => 'gone',
      ),
    );
  };
  const serving = serveUntilStopped(context(), LISTENING, (opened, _logger, stopping) => {
    opened.defer(isGone);
    stopping.addEventListener('abort', () => order.push('stopping'));
    return Promise.resolve({
      what: 'nothing',
      routes: [],
      metrics: createServerMetrics(),
      announce: () => ({}),
      onListening(address) {
        url = address;
        return Promise.reject(new Error('the disk is full'));
      },
    });
  });
  await expect(serving).rejects.toThrow('the disk is full');
  expect(order).toEqual(['stopping', 'gone']);
});
