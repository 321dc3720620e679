import { RegistryError, type RegistryErrorCode } from '../error.ts';
import { parseJson } from './json.ts';
import type { HttpAnswer } from './transport.ts';

/** A refusal that may pass: the same request may be made again after a pause. */
export class PassingRefusal extends RegistryError {
  /** How long the registry wants to be left alone. */
  readonly pauseMs: number;

  constructor(message: string, pauseMs: number) {
    super('UNREACHABLE', message);
    this.pauseMs = pauseMs;
  }
}

const MAX_BYTES = 64 * 1024;
const MAX_PAUSE_MS = 60_000;
const FULL = /no space left|disk quota exceeded|insufficient storage|ENOSPC/i;

/**
 * What an answer that is not wanted means; its body is used up. Of what the registry says only its codes are shown: its
 * sentences could repeat what was sent. `what` is what was asked for: `the manifest of alice:extended`.
 */
export async function refusalOf(answer: HttpAnswer, what: string): Promise<RegistryError> {
  const { status } = answer;
  const body = await answer.read(MAX_BYTES).catch(() => Buffer.alloc(0)); // the status says enough
  const codes = await codesIn(body);
  const message = `${what}: the registry at ${answer.url.host} answers ${[status, ...codes].join(' ')}`;
  if (status === 507 || (status >= 500 && FULL.test(body.toString('latin1'))))
    return new RegistryError('NO_SPACE', `${message}: it has no room left`);
  if (status === 429 || status === 408 || status >= 500) return new PassingRefusal(message, pauseOf(answer));
  return new RegistryError(codeOf(status, codes), `${message}${adviceOf(status)}`);
}

function codeOf(status: number, codes: readonly string[]): RegistryErrorCode {
  if (status === 401 || status === 403) return 'UNAUTHORIZED';
  if (status === 404) return 'NOT_FOUND';
  if (status === 413) return 'TOO_LARGE';
  if (codes.includes('DIGEST_INVALID') || codes.includes('SIZE_INVALID')) return 'DIGEST_MISMATCH';
  return status < 400 ? 'PROTOCOL' : 'REFUSED';
}

function adviceOf(status: number): string {
  if (status === 401) return '; check the user and the password for it';
  return status === 403 ? '; the user may not do that' : '';
}

async function codesIn(body: Buffer): Promise<string[]> {
  const json = parseJson(body);
  if (json === undefined) return [];
  const { ErrorAnswer } = await import('./schema.ts');
  const codes = ErrorAnswer.safeParse(json).data?.errors.map(({ code }) => code) ?? [];
  return codes.filter((code) => /^[A-Z_]{1,40}$/.test(code)).slice(0, 3);
}

/** `Retry-After`, seconds or a date. */
export function pauseOf(answer: HttpAnswer): number {
  const written = answer.header('retry-after') ?? '';
  const ms = /^\d{1,9}$/.test(written) ? Number(written) * 1000 : Date.parse(written) - Date.now();
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 0), MAX_PAUSE_MS) : 0;
}
