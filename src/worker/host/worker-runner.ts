import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import type { Credentials } from '../../queue-api/index.ts';
import { checkConfiguration, WorkerConfigurationError } from '../options/check-configuration.ts';
import type { WorkerConfiguration } from '../options/schema.ts';

/** The file that the parent wrote, named by `$DOCKER_WORKER_CONFIG`. */
export async function configureWorkerRunner(environment: NodeJS.ProcessEnv): Promise<WorkerConfiguration> {
  const file = environment['DOCKER_WORKER_CONFIG'];
  if (!file) throw new WorkerConfigurationError(['--host worker-runner: DOCKER_WORKER_CONFIG names no file']);
  let value: unknown;
  try {
    value = JSON.parse(await readFile(file, 'utf8'));
  } catch (cause) {
    const why = cause instanceof SyntaxError ? 'it is no JSON' : 'it cannot be read';
    throw new WorkerConfigurationError([`${file} (DOCKER_WORKER_CONFIG): ${why}`]);
  }
  return checkConfiguration(value, file);
}

const Message = z.discriminatedUnion('type', [
  z.object({ type: z.literal('welcome'), capabilities: z.array(z.string()) }),
  z.object({ type: z.literal('graceful-termination'), 'finish-tasks': z.boolean() }),
  z.object({
    type: z.literal('new-credentials'),
    'client-id': z.string(),
    'access-token': z.string(),
    certificate: z.string().optional(),
  }),
]);

/** What this worker understands; only what the parent knows too is used. */
const CAPABILITIES = ['graceful-termination', 'new-credentials', 'shutdown'] as const;
type Capability = (typeof CAPABILITIES)[number];

export interface WorkerRunnerOptions {
  readonly input: NodeJS.ReadableStream;
  /** Takes whole lines. */
  readonly write: (line: string) => void;
  readonly onGracefulTermination: (finishTasks: boolean) => void;
  readonly onCredentials: (credentials: Credentials) => void;
  /** A line that begins as a message and is none, or one that was not agreed on. */
  readonly onStray: (why: string) => void;
  /** Nothing more comes: the parent has ended, or closed it. @defaultValue nothing is done */
  readonly onGone?: () => void;
}

/** The parent of a worker, over standard input and output: one message a line, `~` and a JSON object. */
export interface WorkerRunner extends Disposable {
  /** Asks the parent to shut the machine down; false: it cannot. */
  shutdown(): boolean;
}

/** Begins to listen; the parent speaks first. */
export function connectWorkerRunner(options: WorkerRunnerOptions): WorkerRunner {
  const agreed = new Set<Capability>();
  const send = (message: Readonly<Record<string, unknown>>): void =>
    options.write(`~${JSON.stringify(message)}\n`);
  const lines = createInterface({ input: options.input, crlfDelay: Number.POSITIVE_INFINITY });
  lines.on('line', (line) => {
    if (!line.startsWith('~')) return;
    const message = parse(line.slice(1));
    if (message === undefined)
      return options.onStray('a line of the parent is no message that this worker knows');
    if (message.type === 'welcome') {
      for (const each of CAPABILITIES) if (message.capabilities.includes(each)) agreed.add(each);
      return send({ type: 'hello', capabilities: CAPABILITIES });
    }
    if (!agreed.has(message.type))
      return options.onStray(`the parent sent ${message.type} without saying so before`);
    if (message.type === 'graceful-termination')
      return options.onGracefulTermination(message['finish-tasks']);
    const { 'client-id': clientId, 'access-token': accessToken, certificate } = message;
    options.onCredentials({ clientId, accessToken, ...(certificate ? { certificate } : {}) });
  });
  if (options.onGone !== undefined) lines.once('close', options.onGone);
  return {
    shutdown() {
      if (!agreed.has('shutdown')) return false;
      send({ type: 'shutdown' });
      return true;
    },
    [Symbol.dispose]() {
      lines.removeAllListeners('close');
      lines.close();
    },
  };
}

function parse(text: string): z.infer<typeof Message> | undefined {
  try {
    return Message.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
