import { setTimeout as delay } from 'node:timers/promises';
import type { Engine } from '../engine/index.ts';

const GRACE_MS = 5000; // for what a step does when it is told to end

// A process of its own in the box: kill -1 reaches everything there but the first process and the killer itself.
const kill = (...signals: string[]): string[] => [
  '/bin/sh',
  '-c',
  signals.map((signal) => `kill -${signal} -1`).join('; '),
];

/**
 * Ends every process of a box but its first: SIGTERM (and SIGCONT, for one that is stopped takes it when it goes on),
 * then SIGKILL for what is left after five seconds, unless `ended` settles before. Where that cannot be done (no process may be started, the box does not answer) the container is
 * killed. Never rejects: where nothing helps the engine is gone, and the session's streams say so.
 */
export async function endProcesses(
  engine: Engine,
  container: string,
  ended: Promise<unknown>,
): Promise<void> {
  const grace = new AbortController();
  const over = ended.then(
    () => true,
    () => true,
  );
  try {
    await engine.execute(container, { command: kill('TERM', 'CONT'), user: '0' });
    const late = delay(GRACE_MS, false, { signal: grace.signal }).catch(() => true);
    if (await Promise.race([over, late])) return;
    await engine.execute(container, { command: kill('KILL'), user: '0' });
  } catch {
    await engine.killContainer(container, 'SIGKILL').catch(() => undefined);
  } finally {
    grace.abort();
  }
}
