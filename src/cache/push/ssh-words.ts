import type { PushTarget } from '../remotes/remote.ts';

export type SshTarget = Extract<PushTarget, { type: 'ssh' }>;

/** ssh, and what it is told beside the target. */
export interface SshCommand {
  readonly program: string;
  readonly options: readonly string[];
}

/** What `sshCommand` reads. */
export const SSH_VARIABLE = 'SLIPWAY_SSH';

/**
 * Which ssh: the words of `SLIPWAY_SSH`, a program and options for it (`ssh -i /keys/ci -o BatchMode=yes`), else `ssh`. They
 * are divided at white space and no shell sees them.
 */
export function sshCommand(environment: NodeJS.ProcessEnv): SshCommand {
  const [program = 'ssh', ...options] = (environment[SSH_VARIABLE] ?? '').split(/\s+/).filter(Boolean);
  return { program, options };
}

/** How long a connection may take to come about, in seconds; the original's hello has 3. */
const CONNECT_SECONDS = { hello: 3, push: 10 } as const;

// What a configuration asks of an interactive session would only be in the way. A line that is dead is noticed in a minute.
const QUIET = [
  '-T',
  '-oClearAllForwardings=yes',
  '-oServerAliveInterval=15',
  '-oServerAliveCountMax=4',
] as const;

/** The arguments of ssh that start a receiver; a forced command ignores the last ones. */
export function sshWords(
  { options }: SshCommand,
  { host, user, port, path }: SshTarget,
  purpose: keyof typeof CONNECT_SECONDS,
): string[] {
  return [
    ...options, // first: of an option that is given twice ssh takes the first
    `-oConnectTimeout=${CONNECT_SECONDS[purpose]}`,
    ...QUIET,
    ...(user === undefined ? [] : ['-l', user]),
    ...(port === undefined ? [] : ['-p', String(port)]),
    '--',
    host,
    'bst-artifact-receive',
    ...(purpose === 'push' ? ['--verbose'] : []),
    remoteWord(path),
  ];
}

/** One word for the shell on the other side, which ssh hands its words to with spaces between them. */
function remoteWord(path: string): string {
  const [, home = '', rest = ''] = /^(~[\w.-]*\/)?(.*)$/s.exec(path) ?? [];
  return home + (/^[\w./:@%+=,-]+$/.test(rest) ? rest : `'${rest.replaceAll("'", "'\\''")}'`);
}
