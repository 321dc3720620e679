// Connections to services, which a pipeline starts but does not wait for.
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const PAUSE_MS = 100;

/** Runs `attempt` until it succeeds. After `limitMs` its last error goes to the caller, as the cause. */
export async function retry(what, attempt, limitMs = 10_000) {
  const deadline = Date.now() + limitMs;
  for (;;) {
    try {
      return await attempt();
    } catch (cause) {
      if (Date.now() + PAUSE_MS > deadline)
        throw new Error(`${what} did not answer within ${limitMs} ms`, { cause });
      await sleep(PAUSE_MS);
    }
  }
}

/** A TCP connection that is open. */
export async function openSocket(host, port) {
  const socket = connect({ host, port });
  await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
  return socket;
}
