import { createHash, createVerify, type KeyObject } from 'node:crypto';
import { type Call, type Reply, refusal } from './oci-server-state.ts';

/** Who may make requests. */
export interface KnownKey {
  /** `TENANCY/USER/FINGERPRINT`. */
  readonly keyId: string;
  readonly publicKey: KeyObject;
}

const MAX_SKEW_MS = 5 * 60_000;
const PARAMETER = /(\w+)="([^"]*)"(?:,|$)/g;
const BODY_HEADERS = ['content-length', 'content-type', 'x-content-sha256'];

const denied = refusal(
  401,
  'NotAuthenticated',
  'The required information to complete authentication was not provided or was incorrect.',
);

/** Objects and parts of uploads: their bodies are left out of signatures. */
const isUnsignedBody = ({ method, target }: Call): boolean =>
  method === 'PUT' && /^\/n\/[^/]+\/b\/[^/]+\/(o|u)\/./.test(target);

/**
 * The service's own reading of a signature: what the client signs with is not used here. Returns why a request is refused.
 */
export function checkSignature(call: Call, host: string, key: KnownKey, now: number): Reply | undefined {
  const fields = parse(call.headers['authorization'] ?? '');
  const names = (fields.get('headers') ?? '').toLowerCase().split(' '); // the vendor's clients write some in capitals
  const dateName = names.includes('x-date') ? 'x-date' : 'date';
  const isComplete = [dateName, '(request-target)', 'host', ...bodyHeaders(call)].every((name) =>
    names.includes(name),
  );
  const date = Date.parse(call.headers[dateName] ?? '');
  const isGood =
    isComplete &&
    fields.get('version') === '1' &&
    fields.get('algorithm') === 'rsa-sha256' &&
    fields.get('keyId') === key.keyId &&
    call.headers['host'] === host &&
    Math.abs(date - now) <= MAX_SKEW_MS &&
    isBodyGood(call, names) &&
    verify(call, names, fields.get('signature') ?? '', key.publicKey);
  return isGood ? undefined : denied;
}

function parse(authorization: string): Map<string, string> {
  if (!authorization.startsWith('Signature ')) return new Map();
  const found = authorization.slice('Signature '.length).matchAll(PARAMETER);
  return new Map([...found].map(([, name = '', value = '']) => [name, value]));
}

const bodyHeaders = (call: Call): string[] =>
  /^(POST|PUT|PATCH)$/.test(call.method) && !isUnsignedBody(call) ? BODY_HEADERS : [];

function isBodyGood({ headers, body }: Call, names: readonly string[]): boolean {
  if (!names.includes('x-content-sha256')) return true;
  return headers['x-content-sha256'] === createHash('sha256').update(body).digest('base64');
}

function verify(call: Call, names: readonly string[], signature: string, publicKey: KeyObject): boolean {
  const values = names.map((name) =>
    name === '(request-target)' ? `${call.method.toLowerCase()} ${call.target}` : call.headers[name],
  );
  if (values.includes(undefined)) return false;
  const text = names.map((name, i) => `${name}: ${values[i]}`).join('\n');
  return createVerify('sha256').update(text).verify(publicKey, signature, 'base64');
}
