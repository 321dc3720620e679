import { createHmac } from 'node:crypto';
import {
  type Client,
  createAuthenticator,
  createTemporaryCredentials,
  type SignedRequest,
  signRequest,
} from '../src/auth/index.ts';
import { compare, inTurn, type Row } from './measure.ts';

const CALLS = 10_000;
const ROUNDS = 7;

const ROOT: Client = { clientId: 'root', accessToken: 'the-token-of-root-0123', scopes: ['*'] };

/** A request as a worker signs it while it has a claim, with the scopes of a task. */
function requestOf(now: number): SignedRequest {
  const url = new URL('http://localhost:8080/api/queue/v1/task/CLVrh06tRAyXPhdnZHxPXg/runs/0/reclaim');
  const scopes = Array.from({ length: 20 }, (_, n) => `docker-worker:cache:level-1-checkouts-${n}`);
  const credentials = createTemporaryCredentials({
    issuer: ROOT,
    clientId: 'task-client/CLVrh06tRAyXPhdnZHxPXg/0/on/group/worker/until/1',
    scopes,
    start: now,
    expiry: now + 3_600_000,
  });
  const authorization = signRequest('POST', url, { credentials, now });
  return { method: 'POST', url: url.pathname, headers: { host: url.host, authorization }, isTls: false };
}

/** Who calls, by the signature of a request with a certificate, beside the bare HMAC over as much. */
export async function signatures(): Promise<Row> {
  const authenticate = createAuthenticator({ clients: () => ROOT, issuerKey: ROOT, mode: 'closed' });
  const request = requestOf(Date.now());
  const text = String(request.headers['authorization']);
  const times = await inTurn(
    ROUNDS,
    async () => {
      for (let call = 0; call < CALLS; call += 1) authenticate(request);
    },
    async () => {
      for (let call = 0; call < CALLS; call += 1) createHmac('sha256', 'key').update(text).digest('base64');
    },
  );
  const { a, b } = compare(times[0] ?? [], times[1] ?? []);
  const perSecond = (ms: number): string => `${Math.round((CALLS / ms) * 1000).toLocaleString('en')}/s`;
  return {
    figure: 'signatures with certificates checked, one core',
    slipway: perSecond(a),
    peer: `${perSecond(b)} HMAC alone`,
    target: '≥ 10,000/s',
  };
}
