/** Why a request came to nothing, in words for people. */
export class Refusal extends Error {
  /** Of HTTP; 0 where no answer came. */
  readonly status: number;
  /** The server's own word for it: `RequestConflict`, `not-found`. */
  readonly code: string | undefined;
  /** What the server says beside its message. */
  readonly detail: string | undefined;

  constructor(
    message: string,
    facts: {
      readonly status: number;
      readonly code?: string | undefined;
      readonly detail?: string | undefined;
    },
  ) {
    super(message);
    this.name = 'Refusal';
    this.status = facts.status;
    this.code = facts.code;
    this.detail = facts.detail;
  }
}

/** What was thrown, as a refusal. */
export function asRefusal(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  return new Refusal(error instanceof Error ? error.message : String(error), { status: 0 });
}

/** What the fields of a body that refuses may be, whichever of the server's APIs it came from. */
interface RefusalBody {
  readonly message?: unknown;
  readonly code?: unknown;
  readonly detail?: unknown;
  readonly error?: unknown;
}

const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

/**
 * Reads a body that refuses: of the Queue API `{code, message}`, of downloads `{error: {code, message}}`, of the image
 * builder `{message, detail}`, or plain text.
 */
export function refusalOf(status: number, body: string): Refusal {
  const parsed = parse(body);
  const inner =
    typeof parsed?.error === 'object' && parsed.error !== null ? (parsed.error as RefusalBody) : parsed; // any object may have these fields
  const plain = parsed === undefined && !body.includes('<') ? textOf(body.trim().slice(0, 1_000)) : undefined;
  // Behind the line the Queue API tells what the request was: people know.
  const [words, ...more] = textOf(inner?.message)?.split('\n\n---')[0]?.split('\n\n') ?? [];
  const message = words ?? textOf(parsed?.error) ?? plain;
  return new Refusal(message ?? `The server answered ${status}.`, {
    status,
    code: textOf(inner?.code),
    detail: textOf(inner?.detail) ?? textOf(more.join('\n\n')),
  });
}

function parse(body: string): RefusalBody | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Whether there is nothing of the name that was asked for; what cannot be a name is none either. */
export const isAbsent = ({ status, code }: Refusal): boolean =>
  status === 404 || (status === 400 && code === 'InvalidRequestArguments');

/** What who looks at the page can do about it. */
export function adviceOf({ status }: Refusal): string | undefined {
  if (status === 0) return 'Look whether the server runs and can be reached from here, then try again.';
  if (status === 403) return 'Sign in as somebody who may, or ask whoever runs this server.';
  if (status === 404) return 'It may have been removed, or the address may have a mistake.';
  if (status === 429) return 'Wait a moment, then try again.';
  if (status >= 500) return 'Try again; the log of the server says more.';
  return undefined;
}
