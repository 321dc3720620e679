import { randomUUID } from 'node:crypto';
import type { Credentials } from '../../queue-api/index.ts';
import type { Client } from '../caller.ts';
import { certificateSignature, MAX_LIFE_MS, temporaryToken } from './certificate.ts';

/** What temporary credentials are to say. */
export interface TemporaryOptions {
  /** Permanent: temporary credentials make no others. */
  readonly issuer: Pick<Client, 'clientId' | 'accessToken'>;
  /** What they are named; the issuer needs `auth:create-client:<clientId>`. Absent: as the issuer. */
  readonly clientId?: string;
  /** The issuer has to have each of them. */
  readonly scopes: readonly string[];
  /** Milliseconds since the epoch; at most 31 days apart. */
  readonly start: number;
  readonly expiry: number;
}

const slug = (): string => Buffer.from(randomUUID().replaceAll('-', ''), 'hex').toString('base64url');

/** Credentials that end by themselves, made without asking anybody. Throws `RangeError` for a life of more than 31 days. */
export function createTemporaryCredentials(options: TemporaryOptions): Credentials {
  const { issuer, clientId = issuer.clientId, scopes, start, expiry } = options;
  if (expiry - start > MAX_LIFE_MS) throw new RangeError('temporary credentials live for at most 31 days');
  const unsigned = {
    version: 1 as const,
    scopes,
    start,
    expiry,
    seed: slug() + slug(),
    ...(clientId !== issuer.clientId && { issuer: issuer.clientId }),
  };
  const signature = certificateSignature(unsigned, clientId, issuer.accessToken);
  return {
    clientId,
    accessToken: temporaryToken(unsigned.seed, issuer.accessToken),
    certificate: JSON.stringify({ ...unsigned, signature }),
  };
}

/** A claim that credentials are made for. */
export interface ClaimOptions {
  /** The server's own client. */
  readonly issuer: Client;
  readonly taskId: string;
  readonly runId: number;
  readonly workerGroup: string;
  readonly workerId: string;
  /** Milliseconds since the epoch: the credentials end then. */
  readonly takenUntil: number;
  /** Of the task's definition. */
  readonly scopes: readonly string[];
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** What a worker gets with a claim: it may renew and resolve this run, make its artifacts, see how its task is, and what the task may. */
export function createClaimCredentials(claim: ClaimOptions): Credentials {
  const run = `${claim.taskId}/${claim.runId}`;
  const until = Math.floor(claim.takenUntil / 1000);
  return createTemporaryCredentials({
    issuer: claim.issuer,
    clientId: `task-client/${run}/on/${claim.workerGroup}/${claim.workerId}/until/${until}`,
    scopes: [
      `queue:reclaim-task:${run}`,
      `queue:resolve-task:${run}`,
      `queue:create-artifact:${run}`,
      `queue:status:${claim.taskId}`, // to learn at once that somebody else has ended it
      ...claim.scopes,
    ],
    start: claim.now,
    expiry: claim.takenUntil,
  });
}
