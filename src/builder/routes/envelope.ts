/** What a route answers; `extra` is merged at the top of the body, and is there as `data` too: clients know either. */
export interface Answer {
  /** @defaultValue 200 */
  readonly status?: number;
  readonly message: string;
  readonly extra?: Readonly<Record<string, unknown>>;
  /** What was not understood and done without. */
  readonly warnings?: readonly string[];
}

/** The body of an answer. */
export function envelopeOf({ message, extra, warnings = [] }: Answer): object {
  const more = warnings.length === 0 ? {} : { warnings };
  return extra === undefined
    ? { message, status: 'ok', ...more }
    : { ...extra, ...more, message, status: 'ok', data: extra };
}

/** The body of a refusal. */
export const refusalEnvelope = (message: string, detail: string | undefined): object => ({
  message,
  status: 'ko',
  ...(detail !== undefined && { detail }),
});
