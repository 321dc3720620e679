import { EngineError } from '../error.ts';

interface Reason {
  readonly reason: string;
  readonly advice: string;
}

const START_IT = 'start Docker or Podman, or point DOCKER_HOST at an engine';
const CHECK_TLS = 'check DOCKER_TLS_VERIFY and the files in DOCKER_CERT_PATH';
const BROKE_OFF: Reason = { reason: 'the connection broke off', advice: 'see whether the engine still runs' };

const REASONS: Readonly<Record<string, Reason>> = {
  ENOENT: { reason: 'there is no such socket', advice: START_IT },
  ENOTSOCK: { reason: 'that is not a socket', advice: START_IT },
  ECONNREFUSED: { reason: 'the connection was refused', advice: START_IT },
  EACCES: { reason: 'permission denied', advice: 'join the group that owns the socket (often "docker")' },
  EPERM: { reason: 'permission denied', advice: 'join the group that owns the socket (often "docker")' },
  ETIMEDOUT: { reason: 'it timed out', advice: 'check the address, and firewalls on the way' },
  EHOSTUNREACH: { reason: 'there is no way to that host', advice: 'check the address' },
  ENETUNREACH: { reason: 'there is no way to that network', advice: 'check the address' },
  ENOTFOUND: { reason: 'the host name is not known', advice: 'check the address' },
  EAI_AGAIN: { reason: 'the host name could not be looked up', advice: 'check the address' },
  ECONNRESET: BROKE_OFF,
  EPIPE: BROKE_OFF,
  ERR_STREAM_PREMATURE_CLOSE: BROKE_OFF,
};

/** The error for a connection that could not be made, or did not last: where, why, what to do. */
export function connectionError(cause: unknown, endpoint: string, doing: string): EngineError {
  const code = errorCode(cause);
  if (code.startsWith('HPE_')) {
    const message = `cannot ${doing}: what answers at ${endpoint} does not speak the Engine API`;
    return new EngineError('PROTOCOL', message, { cause });
  }
  const { reason, advice } = REASONS[code] ?? otherReason(cause, code);
  const message = `cannot ${doing}: no container engine at ${endpoint}: ${reason}; ${advice}`;
  return new EngineError('UNREACHABLE', message, { cause });
}

/** Whether the other side closed a connection that was made. */
export function isBrokenConnection(cause: unknown): boolean {
  return REASONS[errorCode(cause)] === BROKE_OFF;
}

function otherReason(cause: unknown, code: string): Reason {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return { reason, advice: /TLS|SSL|CERT|SIGNED|SIGNATURE|EPROTO/.test(code) ? CHECK_TLS : START_IT };
}

function errorCode(cause: unknown): string {
  if (!(cause instanceof Error) || !('code' in cause)) return '';
  return typeof cause.code === 'string' ? cause.code : '';
}
