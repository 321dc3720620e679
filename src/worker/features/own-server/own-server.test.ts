import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { get } from 'node:https';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import WebSocket from 'ws';
import { liveLog } from '../live-log/live-log.ts';
import { serveShell } from '../shell/serve-shell.ts';
import { createFeatureRig, type FeatureRigOptions } from '../testing/feature-rig.ts';
import { certificateProblem } from './certificate-problem.ts';

const TLS = join(import.meta.dirname, '../../../../test/support/tls');
const tls = { certificateFile: join(TLS, 'server.crt'), keyFile: join(TLS, 'server.key') };
const ownSockets = { secureLiveLog: true, secureInteractive: true, tls };
const SECURE: FeatureRigOptions = { isSlipway: false, settings: { ownSockets } };

describe('what a worker serves itself', () => {
  it('is a live log over TLS where the operator says so, by the name of the machine', async () => {
    await using rig = await createFeatureRig(SECURE);
    const feature = liveLog.start(rig.task);
    await feature.link?.(rig.task);
    rig.task.log.line('said');
    const url = await vi.waitFor(
      () => {
        const artifact = rig.queue.artifacts.get(`${rig.task.taskId}/0/public/logs/live.log`);
        return new URL(artifact?.storageType === 'reference' ? artifact.url : 'not yet');
      },
      { timeout: 20_000 },
    );
    expect([url.protocol, url.hostname]).toEqual(['https:', rig.task.identity.hostname]);
    url.hostname = '127.0.0.1';
    const asked = get(url, { ca: readFileSync(tls.certificateFile), checkServerIdentity: () => undefined });
    const [answer] = (await once(asked, 'response')) as [IncomingMessage];
    const [piece] = (await once(answer, 'data')) as [Buffer];
    expect(piece.toString()).toContain('said');
    await rig.task.log.end();
    await feature.killed?.(rig.task, { success: true, exitCode: 0 });
  });

  it('has a name that says address and time where the operator has a server for such names', async () => {
    const statelessHostname = { secret: 's', domain: 'workers.example.com' };
    await using rig = await createFeatureRig({
      settings: { ownSockets: { ...ownSockets, statelessHostname } },
    });
    await using door = await serveShell(rig.task, 'A'.repeat(22), () => undefined);
    expect(new URL(door.socketUrl).hostname).toMatch(/^[a-z2-7]{48}\.workers\.example\.com$/);
  });

  it('is a shell for who knows its token', async () => {
    await using rig = await createFeatureRig();
    const asked: unknown[] = [];
    await using door = await serveShell(rig.task, 'A'.repeat(22), (socket, request) => {
      asked.push(request);
      socket.close(1000);
    });
    const dial = async (url: string): Promise<string> => {
      const socket = new WebSocket(url);
      return await new Promise((resolve) => {
        socket.once('open', () => resolve('open')).once('error', ({ message }) => resolve(message));
      });
    };
    expect(await dial(`${door.socketUrl}?command=ls&command=-l&tty=false`)).toBe('open');
    expect(asked).toEqual([{ command: ['ls', '-l'], tty: false }]);
    expect(await dial(door.socketUrl.replace('AAAA', 'AAAB'))).toContain('404');
    expect(await dial(`${door.socketUrl}?command=${'x'.repeat(17_000)}`)).toMatch(/400|431/);
    expect(await dial(`${door.socketUrl}?command=%00`)).toContain('400');
    expect((await fetch(door.socketUrl.replace('ws', 'http'))).status).toBe(426);
  });

  it('needs certificate and key where it is to be secure', async () => {
    await using rig = await createFeatureRig();
    const problem = (sockets: object) =>
      certificateProblem({ ...rig.task.settings, ownSockets: { ...ownSockets, ...sockets } });
    expect(await problem({})).toBeUndefined();
    expect(await problem({ tls: undefined })).toContain('ssl.certificate and ssl.key');
    expect(await problem({ tls: { ...tls, keyFile: '/nothing/there' } })).toContain('no such file');
    expect(await problem({ secureLiveLog: false, tls: undefined })).toBeUndefined();
  });
});
