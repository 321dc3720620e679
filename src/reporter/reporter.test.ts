import { describe, expect, it } from 'vitest';
import type { RunEventBody } from '../kernel/index.ts';
import { reportAddress } from './index.ts';
import { startServer } from './testing/report-server.ts';
import {
  at,
  begin,
  createRig,
  end,
  output,
  over,
  setUp,
  started,
  summary,
  TOKEN,
} from './testing/told-run.ts';

describe('the reporter', () => {
  it('tells of a whole run in the order that servers expect', async () => {
    await using server = await startServer();
    const { reporter, tell, trouble } = createRig(`http://${server.host}/api/`);
    tell(started, ...setUp);
    tell(begin('script-1', 'main'), output('hello', 'script-1'), end('script-1', 'main'));
    tell({ type: 'phase-started', at, phase: 'store artifacts' });
    tell({
      type: 'artifact-stored',
      at,
      name: 'output',
      fileName: 'output.tar',
      folder: '/f',
      tar: '/t',
      sizeBytes: 1,
      files: 1,
      url: 'https://a/b',
    });
    tell({ type: 'phase-finished', at, phase: 'store artifacts', result: 'passed', durationMs: 1 });
    tell({ type: 'after-steps-started', at, count: 1 });
    tell(
      begin('tell-1', 'after'),
      end('tell-1', 'after', { result: 'failed', message: 'no' }),
      over('passed'),
    );
    await reporter.close(5000);
    const sent = server.received.map(({ event, body }) => [event, body]);
    const runId = 'run1';
    expect(sent).toEqual([
      ['/api/runstepstarted', { runId, stepSafeId: 'setup environment' }],
      [
        '/api/runstepfinished',
        {
          runId,
          stepSafeId: 'setup environment',
          result: 'passed',
          werckerYamlContents: 'box: x\n',
        },
      ],
      [
        '/api/runstepsadded',
        {
          runId,
          steps: [
            { stepSafeId: 'wercker-init', name: 'wercker-init', phase: 'mainSteps' },
            { stepSafeId: 'script-1', name: 'script', displayName: 'make', phase: 'mainSteps' },
            { stepSafeId: 'store', name: 'store', phase: 'mainSteps' },
            { stepSafeId: 'tell-1', name: 'tell', phase: 'finalSteps' },
          ],
        },
      ],
      ['/api/runstepstarted', { runId, stepSafeId: 'wercker-init' }],
      ['/api/runstepfinished', { runId, stepSafeId: 'wercker-init', result: 'passed' }],
      ['/api/runstepstarted', { runId, stepSafeId: 'script-1' }],
      [
        '/api/runsteplogs',
        {
          runId,
          stepSafeId: 'script-1',
          logs: Buffer.from('hello').toString('base64'),
          stream: 'stdout',
          chunk: 1,
        },
      ],
      ['/api/runstepfinished', { runId, stepSafeId: 'script-1', result: 'passed' }],
      ['/api/runstepstarted', { runId, stepSafeId: 'store' }],
      ['/api/runstepfinished', { runId, stepSafeId: 'store', result: 'passed', artifactUrl: 'https://a/b' }],
      ['/api/runfinished', { runId, result: 'passed' }],
      ['/api/runstepstarted', { runId, stepSafeId: 'tell-1' }],
      ['/api/runstepfinished', { runId, stepSafeId: 'tell-1', result: 'failed', message: 'no' }],
    ]);
    expect(server.received.every(({ token }) => token === TOKEN)).toBe(true);
    expect(trouble).toEqual([]);
  });

  it('ends the set-up as failed, with the reason, where the run never came to its steps', async () => {
    await using server = await startServer();
    const { reporter, tell } = createRig(server.host);
    tell(started, over('failed', 'wercker.yml has a mistake'));
    await reporter.close(5000);
    expect(summary(server.received)).toEqual([
      ['runstepstarted', 'setup environment'],
      ['runstepfinished', 'setup environment'],
      ['runfinished', 'failed'],
    ]);
    expect(server.received[1]?.body).toMatchObject({
      result: 'failed',
      message: 'wercker.yml has a mistake',
    });
  });

  it('says that a run failed before its after-steps, and that it passed when the step was run again', async () => {
    await using server = await startServer();
    const failed = createRig(server.host);
    const failure = end('script-1', 'main', { result: 'failed' });
    failed.tell(started, ...setUp, begin('script-1', 'main'), failure);
    failed.tell({ type: 'after-steps-started', at, count: 1 }, over('failed'));
    await failed.reporter.close(5000);
    const again = createRig(server.host);
    again.tell(started, ...setUp, begin('script-1', 'main'), failure);
    again.tell(begin('script-1', 'main'), end('script-1', 'main'));
    again.tell({ type: 'after-steps-started', at, count: 1 }, over('passed'));
    await again.reporter.close(5000);
    const results = server.received.filter(({ event }) => event === '/runfinished');
    expect(results.map(({ body }) => body['result'])).toEqual(['failed', 'passed']);
  });

  it('cuts output into numbered chunks of 10240 bytes for each step', async () => {
    await using server = await startServer();
    const { reporter, tell } = createRig(server.host);
    const bytes = Buffer.from(Array.from({ length: 25_000 }, (_, i) => i % 251));
    tell(started, ...setUp, begin('script-1', 'main'));
    for (let i = 0; i < bytes.length; i += 1000) tell(output(bytes.subarray(i, i + 1000), 'script-1'));
    tell(end('script-1', 'main'), begin('tell-1', 'after'), output('x', 'tell-1'), end('tell-1', 'after'));
    tell(over('passed'));
    await reporter.close(5000);
    const logs = server.received.filter(({ event }) => event === '/runsteplogs').map(({ body }) => body);
    expect(logs.map(({ stepSafeId, chunk }) => [stepSafeId, chunk])).toEqual([
      ['script-1', 1],
      ['script-1', 2],
      ['script-1', 3],
      ['script-1', 4],
      ['script-1', 5],
      ['tell-1', 1],
    ]);
    const own = logs.filter(({ stepSafeId }) => stepSafeId === 'script-1');
    const pieces = own.map((body) => Buffer.from(String(body['logs']), 'base64'));
    expect(pieces.every(({ length }) => length <= 10_240)).toBe(true);
    expect(Buffer.concat(pieces).equals(bytes)).toBe(true);
  });

  it('sends what a step printed while it goes on', async () => {
    const told = Promise.withResolvers<undefined>();
    await using server = await startServer((response, request) => {
      if (request.url?.startsWith('/runsteplogs')) told.resolve(undefined);
      response.end();
    });
    const { reporter, tell } = createRig(server.host, { flushEveryMs: 20 });
    tell(started, ...setUp, begin('script-1', 'main'), output('waiting', 'script-1'));
    await told.promise;
    await reporter.close(5000);
  });

  it('goes on after errors and resets, and says it once, without the token', async () => {
    await using server = await startServer((response, request, count) => {
      if (count === 2) response.writeHead(500).end('oops');
      else if (count === 3) request.socket.resetAndDestroy();
      else response.end();
    });
    const { reporter, tell, trouble } = createRig(server.host);
    tell(started, ...setUp, begin('script-1', 'main'), end('script-1', 'main'), over('passed'));
    await reporter.close(5000);
    expect(summary(server.received).at(-1)).toEqual(['runfinished', 'passed']);
    expect(trouble).toEqual([`The run is not fully reported to ${server.host}: it answered 500`]);
    expect(trouble.join()).not.toContain('secret');
  });

  it('does not wait longer than told for a server that never answers', async () => {
    await using server = await startServer(() => undefined);
    const { reporter, tell, trouble } = createRig(server.host);
    tell(started, over('passed'));
    await reporter.close(50);
    expect(server.received).toHaveLength(1);
    expect(trouble).toEqual([expect.stringContaining('it is too slow, and the run is over')]);
  });

  it('gives up on one message that is never answered, and sends the next', async () => {
    await using server = await startServer((response, _, count) => {
      if (count > 1) response.end();
    });
    const { reporter, tell, trouble } = createRig(server.host, { messageTimeoutMs: 50 });
    tell(started, over('passed'));
    await reporter.close(10_000);
    expect(summary(server.received).at(-1)).toEqual(['runfinished', 'passed']);
    expect(trouble).toEqual([expect.stringContaining('it did not answer within 0.05 seconds')]);
  });

  it('leaves out logs that come faster than the server takes them, but nothing else', async () => {
    await using server = await startServer();
    const { reporter, tell, trouble } = createRig(server.host, { limitBytes: 50_000 });
    tell(started, ...setUp, begin('script-1', 'main'), output(Buffer.alloc(1_000_000), 'script-1'));
    tell(end('script-1', 'main'), over('passed'));
    await reporter.close(10_000);
    const events = server.received.map(({ event }) => event);
    expect(events.filter((event) => event === '/runsteplogs')).toHaveLength(4);
    expect(summary(server.received).slice(-2)).toEqual([
      ['runstepfinished', 'script-1'],
      ['runfinished', 'passed'],
    ]);
    expect(trouble).toHaveLength(1);
  });

  it('tells of nobody listening', async () => {
    const { reporter, tell, trouble } = createRig('127.0.0.1:9');
    tell(started, over('passed'));
    await reporter.close(5000);
    expect(trouble).toEqual([expect.stringContaining('ECONNREFUSED')]);
  });

  it('leaves runs alone that build a service for another', async () => {
    await using server = await startServer();
    const { reporter, tell } = createRig(server.host);
    tell({ ...started, partOf: 'run0' } as RunEventBody, over('passed'));
    await reporter.close(5000);
    expect(server.received).toEqual([]);
  });
});

describe('the address of a server', () => {
  it.each([
    ['example.com', 'http://example.com/'],
    ['example.com:8080/', 'http://example.com:8080/'],
    ['https://example.com/api/', 'https://example.com/api'],
  ])('%s is %s', (host, address) => {
    const result = reportAddress(host);
    expect(result.ok && result.value.href).toBe(address);
  });

  it.each(['', 'http://', 'a b', 'example.com?x=1', 'example.com#x'])('%j is none', (host) => {
    expect(reportAddress(host).ok).toBe(false);
  });
});
