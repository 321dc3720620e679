import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Attachment, OutputFrame } from '../../engine/index.ts';

const NAMESPACE = ['--pid', '--fork', '--kill-child', '--mount', '--mount-proc'];
const asRoot = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user'];

async function* merge(child: ReturnType<typeof spawnShell>): AsyncGenerator<OutputFrame> {
  const queue: OutputFrame[] = [];
  let wake = Promise.withResolvers<void>();
  let open = 2;
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].on('data', (bytes: Buffer) => {
      queue.push({ stream, bytes });
      wake.resolve();
    });
    child[stream].on('close', () => {
      open -= 1;
      wake.resolve();
    });
  }
  while (open > 0 || queue.length > 0) {
    const frame = queue.shift();
    if (frame !== undefined) yield frame;
    else await wake.promise;
    if (queue.length === 0 && open > 0) wake = Promise.withResolvers<void>();
  }
}

// Between pipes, as in a container: what node gives a child are sockets, which cannot be opened through /proc.
const PIPES = 'cat | "$@" > >(cat) 2> >(cat >&2)';

function spawnShell(command: readonly string[]) {
  const inside = ['unshare', ...asRoot, ...NAMESPACE, ...command];
  // Its input is a socket, which makes bash read the start-up file of whoever runs the tests.
  return spawn('bash', ['--norc', '-c', PIPES, 'local-shell', ...inside], {
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
}

/** A shell of this machine as the first process of a process namespace of its own, attached like a box. */
export function openLocalShell(command: readonly string[]): Attachment {
  const child = spawnShell(command);
  child.stdin.on('error', () => {}); // a shell that is gone is reported by its closed output
  const output = merge(child);
  return {
    output,
    write: async (bytes) => {
      if (!child.stdin.write(bytes)) await Promise.race([once(child.stdin, 'drain'), once(child, 'close')]);
    },
    closeInput: () => child.stdin.end(),
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
      const closed = once(child, 'close');
      process.kill(-child.pid, 'SIGKILL');
      await closed;
    },
  };
}
