import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { describe, expect, it, vi } from 'vitest';
import { connectWorkerRunner } from './worker-runner.ts';

function connect() {
  const input = new PassThrough();
  const told: unknown[] = [];
  const written: string[] = [];
  const runner = connectWorkerRunner({
    input,
    write: (line) => void written.push(line),
    onGracefulTermination: (finishTasks) => void told.push({ finishTasks }),
    onCredentials: (credentials) => void told.push(credentials),
    onStray: (why) => void told.push(why),
  });
  const say = async (line: string): Promise<void> => {
    const before = told.length + written.length;
    input.write(`${line}\n`);
    await vi.waitFor(() => expect(told.length + written.length).toBeGreaterThan(before), { timeout: 20_000 });
  };
  return { input, runner, told, written, say };
}

const HELLO = '~{"type":"hello","capabilities":["graceful-termination","new-credentials","shutdown"]}\n';
const welcome = (...capabilities: string[]) => `~${JSON.stringify({ type: 'welcome', capabilities })}`;

describe('the protocol of worker-runner', () => {
  it('answers a welcome with what this worker can', async () => {
    const { say, written } = connect();
    await say(welcome('log'));
    expect(written).toEqual([HELLO]);
  });

  it('takes terminations and credentials that were agreed on', async () => {
    const { say, told } = connect();
    await say(welcome('graceful-termination', 'new-credentials'));
    await say('~{"type":"graceful-termination","finish-tasks":true}');
    await say('~{"type":"graceful-termination","finish-tasks":false}');
    await say('~{"type":"new-credentials","client-id":"c","access-token":"a","certificate":"{}"}');
    expect(told).toEqual([
      { finishTasks: true },
      { finishTasks: false },
      { clientId: 'c', accessToken: 'a', certificate: '{}' },
    ]);
  });

  it('asks for a shutdown only where the parent can', async () => {
    const without = connect();
    await without.say(welcome('log'));
    expect([without.runner.shutdown(), without.written]).toEqual([false, [HELLO]]);
    const able = connect();
    await able.say(welcome('shutdown'));
    expect([able.runner.shutdown(), able.written]).toEqual([true, [HELLO, '~{"type":"shutdown"}\n']]);
  });

  it.each(['~{', '~{"type":"fly"}', '~{"type":"graceful-termination"}', '~[]'])(
    'does nothing for %s but say so',
    async (line) => {
      const { say, told } = connect();
      await say(line);
      expect(told).toEqual(['a line of the parent is no message that this worker knows']);
    },
  );

  it('takes no termination that was not agreed on, and leaves other lines alone', async () => {
    const { say, told, input } = connect();
    input.write('some output\n');
    await say('~{"type":"graceful-termination","finish-tasks":true}');
    expect(told).toEqual(['the parent sent graceful-termination without saying so before']);
  });

  it('ends with its input', async () => {
    const { input, runner, told } = connect();
    input.end();
    await once(input, 'end');
    runner[Symbol.dispose]();
    expect(told).toEqual([]);
  });
});
