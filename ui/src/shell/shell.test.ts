import { describe, expect, it } from 'vitest';
import { pausing, readMessage, resized, typed, typedBytes } from './messages.ts';
import { shellHref, shellPlace } from './shell-place.ts';

const TASK = 'fN1SbArXTPSVFNUvaOlinQ';
const TOKEN = 'aN1SbArXTPSVFNUvaOlinA';
const PAGE = 'https://ci.example.com:8443';
const SOCKET = `wss://ci.example.com:8443/api/slipway/v1/task/${TASK}/runs/1/shell`;

const place = (query: Readonly<Record<string, string>>) => {
  const url = new URL('/shell/', PAGE);
  url.search = new URLSearchParams(query).toString();
  return shellPlace(url);
};

describe('the address of a shell', () => {
  it.each([SOCKET, `${SOCKET}/${TOKEN}/shell.sock`])('leads to a socket of this server: %s', (socketUrl) => {
    expect(place({ v: '1', socketUrl, taskId: TASK, runId: '1' })).toEqual({
      taskId: TASK,
      runId: 1,
      socketUrl,
    });
  });

  it('leads to the shell of whoever may open one where no socket is named', () => {
    expect(shellPlace(new URL(shellHref(TASK, 1), PAGE))).toEqual({
      taskId: TASK,
      runId: 1,
      socketUrl: SOCKET,
    });
    expect(place({ taskId: TASK })).toMatchObject({ runId: 0 });
  });

  it.each([
    'wss://evil.example.com/api/slipway/v1/task/ID/runs/1/shell',
    `wss://ci.example.com:8443@evil.example.com/api/slipway/v1/task/${TASK}/runs/1/shell`,
    `wss://ci.example.com:8443.evil.example.com/api/slipway/v1/task/${TASK}/runs/1/shell`,
    `wss://ci.example.com/api/slipway/v1/task/${TASK}/runs/1/shell`,
    `ws://ci.example.com:8443/api/slipway/v1/task/${TASK}/runs/1/shell`,
    `https://ci.example.com:8443/api/slipway/v1/task/${TASK}/runs/1/shell`,
    `${SOCKET}/offer`,
    `${SOCKET}?command=rm`,
    `${SOCKET}/../../../../../session`,
    `${SOCKET}/${TOKEN}/shell.sock/x`,
    SOCKET.replace('/runs/1/', '/runs/2/'),
    SOCKET.replace(TASK, TOKEN),
    'javascript:alert(1)',
  ])('leads nowhere else: %s', (socketUrl) => {
    expect(place({ v: '1', socketUrl, taskId: TASK, runId: '1' })).toMatchObject({ problem: 'foreign' });
  });

  it.each([{}, { taskId: 'x' }, { taskId: TASK, runId: '-1' }, { taskId: `${TASK}/..`, runId: '0' }])(
    'has a task: %j',
    (query) => {
      expect(place(query)).toEqual({ problem: 'no-task' });
    },
  );
});

describe('messages of a shell', () => {
  it('are read', () => {
    const read = (...bytes: number[]) => readMessage(Uint8Array.from(bytes).buffer);
    expect(read(1, 104, 105)).toEqual({ type: 'output', bytes: Uint8Array.of(104, 105) });
    expect(read(2)).toEqual({ type: 'output', bytes: new Uint8Array() });
    expect(read(100)).toEqual({ type: 'resume' });
    expect(read(101)).toEqual({ type: 'pause' });
    expect(read(200, 137)).toEqual({ type: 'stopped', exitCode: 137 });
    expect(read(201)).toEqual({ type: 'shutdown' });
    expect(read(202, 110, 111)).toEqual({ type: 'error', message: 'no' });
    expect([read(), read(77)]).toEqual([undefined, undefined]);
  });

  it('are written', () => {
    expect(typed('hé')).toEqual([Uint8Array.of(0, 104, 0xc3, 0xa9)]);
    expect(typed('x'.repeat(600_000)).map(({ length }) => length)).toEqual([262_145, 262_145, 75_713]);
    expect(typedBytes('\u001b\u00ff')).toEqual(Uint8Array.of(0, 27, 255));
    expect(resized({ rows: 24, columns: 300 })).toEqual(Uint8Array.of(50, 24, 0, 44, 1));
    expect([pausing(true), pausing(false)]).toEqual([Uint8Array.of(101), Uint8Array.of(100)]);
  });
});
