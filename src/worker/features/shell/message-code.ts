/** The first byte of each message of a shell's web socket, in both directions. */
export const MESSAGE = {
  /** Typed bytes. */
  stdin: 0,
  stdout: 1,
  stderr: 2,
  /** Rows and columns, two bytes each, the lower one first. */
  resize: 50,
  /** The other side may send. */
  resume: 100,
  /** The other side is to wait. */
  pause: 101,
  /** Nothing more is typed. */
  end: 102,
  /** The process has ended; one byte: its exit code. */
  stopped: 200,
  /** The container has ended, or the worker stops. */
  shutdown: 201,
  /** Why it does not work, as text. */
  error: 202,
} as const;

/** What a client asks for when it connects. */
export interface ShellRequest {
  readonly command: readonly string[];
  /** Whether it expects a terminal. */
  readonly tty: boolean;
}

const DEFAULT_COMMAND = ['sh'];
const MAX_WORDS = 64;
const MAX_CHARACTERS = 16 * 1024;

/** A request as a query says it: `?tty=true&command=sh&command=-c&command=ls`. `undefined`: it is too long. */
export function shellRequest(query: URLSearchParams): ShellRequest | undefined {
  const command = query.getAll('command');
  return checked({
    command: command.length === 0 ? DEFAULT_COMMAND : command,
    tty: /^true$/i.test(query.get('tty') ?? 'true'),
  });
}

/** A request as the server of the queue passes it on, in JSON. `undefined`: it is none. */
export function parseShellRequest(text: string): ShellRequest | undefined {
  if (text.length > 2 * MAX_CHARACTERS) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || !('command' in value) || !('tty' in value))
      return undefined;
    const { command, tty } = value;
    if (!Array.isArray(command) || typeof tty !== 'boolean') return undefined;
    const words = command.filter((word): word is string => typeof word === 'string');
    return words.length === command.length ? checked({ command: words, tty }) : undefined;
  } catch {
    return undefined; // what it is instead is of no use to anybody
  }
}

function checked(request: ShellRequest): ShellRequest | undefined {
  const { command } = request;
  const characters = command.reduce((sum, word) => sum + word.length, 0);
  const isSound = command.length > 0 && command.length <= MAX_WORDS && characters <= MAX_CHARACTERS;
  return isSound && command[0] !== '' && command.every((word) => !word.includes('\0')) ? request : undefined;
}
