import type { Check, CheckedFinding, Finding } from './check.ts';

export interface RunChecksOptions<P> {
  readonly patient: P;
  /** Of each of them. */
  readonly timeoutMs: number;
  /** Ctrl-C. */
  readonly signal: AbortSignal;
}

/** Runs checks at the same time, none longer than its time; gives what they found in the order of the checks. */
export async function runChecks<P>(
  checks: readonly Check<P>[],
  options: RunChecksOptions<P>,
): Promise<readonly CheckedFinding[]> {
  return await Promise.all(checks.map((check) => runCheck(check, options)));
}

async function runCheck<P>(
  check: Check<P>,
  { patient, timeoutMs, signal }: RunChecksOptions<P>,
): Promise<CheckedFinding> {
  const startedAt = performance.now();
  const time = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  // One that does not listen to its signal is not waited for.
  const late = Promise.withResolvers<Finding>();
  const onTime = (): void => late.resolve(tooLate(timeoutMs));
  time.addEventListener('abort', onTime, { once: true });
  const work = check.run(patient, time).catch((error: unknown): Finding => {
    return time.aborted ? tooLate(timeoutMs) : trouble(error);
  });
  const finding = await Promise.race([work, late.promise]);
  time.removeEventListener('abort', onTime);
  return { name: check.name, ...finding, durationMs: Math.round(performance.now() - startedAt) };
}

const tooLate = (timeoutMs: number): Finding => ({
  state: 'failed',
  found: `no answer within ${timeoutMs / 1000} s`,
  hint: 'see whether what is asked there is overloaded, or whether something on the way drops connections',
});

/** In its own words, which name no secrets. */
function trouble(error: unknown): Finding {
  const found = error instanceof Error ? error.message : String(error);
  const hint =
    error instanceof Error && 'hint' in error && typeof error.hint === 'string' ? error.hint : undefined;
  return { state: 'failed', found, ...(hint !== undefined && { hint }) };
}
