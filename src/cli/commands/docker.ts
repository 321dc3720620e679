import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import type { CommandContext } from '../command.ts';
import { makeDockerConfig } from '../docker-config.ts';
import { EXIT } from '../exit-code.ts';
import { readToken } from '../token.ts';

const NO_TOKEN = 'wercker auth token could not be found, please run wercker login';
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Runs docker on our own streams until it ends. A Ctrl-C reaches it by itself; other signals are handed on. */
async function runDocker(words: readonly string[], environment: NodeJS.ProcessEnv): Promise<Ended> {
  const child = spawn('docker', words, { stdio: 'inherit', env: environment });
  const forward = (signal: NodeJS.Signals): void => {
    if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
  };
  for (const name of SIGNALS) process.on(name, forward);
  try {
    const [code, signal]: [number | null, NodeJS.Signals | null] = (await once(child, 'exit')) as [
      number | null,
      NodeJS.Signals | null,
    ]; // what the event is documented to carry
    return { code, signal };
  } finally {
    for (const name of SIGNALS) process.off(name, forward);
  }
}

/** As a shell has it: 128 and the signal's number. */
const exitCode = ({ code, signal }: Ended): number => code ?? 128 + (signal ? constants.signals[signal] : 0);

/** `slipway docker …`: its exit code is docker's own. */
export async function docker(context: CommandContext): Promise<number> {
  const { flags, positionals, environment, stderr } = context;
  const token = await readToken(flags);
  if (token === undefined) {
    stderr.write(`${NO_TOKEN}\n`);
    return EXIT.failed;
  }
  const registryUrl = flags.required('wercker-container-registry');
  await using config = await makeDockerConfig({ environment, registryUrl, token });
  try {
    return exitCode(await runDocker(positionals, { ...environment, DOCKER_CONFIG: config.folder }));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    stderr.write('docker: there is no program of this name on the PATH: install the docker client\n');
    return EXIT.failed;
  }
}
