import { randomUUID } from 'node:crypto';
import type { Clock, Database, Execution, Row, SqlValue } from '../../database/index.ts';
import type { ImageReport } from '../attest/image-report.ts';
import type { Build, BuildPhase, BuildReason, BuiltImage } from '../build.ts';
import { type StoredBuild, storedBuildOf } from './build-row.ts';
import {
  CLAIM,
  CLAIMED_BY,
  GIVE_BACK,
  IS_NOT_RENEWED,
  LOST,
  NEXT_LAPSE,
  QUEUE_AGAIN,
  RENEW,
  SERVERS,
  TAKE_TURN,
} from './claiming.ts';
import {
  COPY_REPORT,
  DROP_INPUT,
  ENDING,
  FIND_BY_ID,
  FINISH,
  INSERT_REPORT,
  KEEP_FILE,
  SET_PHASE,
  SET_SOURCE_DIGEST,
} from './statements.ts';

/** A build that this server runs. */
export type ClaimedBuild = StoredBuild & Required<Pick<StoredBuild, 'claimId' | 'leaseUntil'>>;

/** How a build ends. */
export type Ending =
  | {
      readonly state: 'succeeded';
      readonly image: BuiltImage;
      readonly attestation?: Build['attestation'];
      readonly report?: ImageReport;
      /** Nothing was built: the image is that of this build. */
      readonly reusedFrom?: StoredBuild;
      /** The build whose image it was built on. */
      readonly parent?: StoredBuild;
    }
  | { readonly state: 'failed' | 'cancelled'; readonly reason: BuildReason; readonly message: string };

/** What a server holds, as the database says. */
export interface HeldClaim {
  readonly claimId: string;
  readonly cancelAsked: boolean;
}

/**
 * Builds that servers run. Whoever writes names the claim: one that was lost meanwhile writes nothing, which is `undefined` or
 * `false`. All calls throw `DatabaseError`.
 */
export interface Claims {
  /** The next build, if there is one for this server. After a call that threw, what that one may have taken comes first. */
  next(maxRunning: number): Promise<ClaimedBuild | undefined>;
  /** Gives those of these claims that hold still. */
  renew(claimIds: readonly string[]): Promise<readonly HeldClaim[]>;
  setPhase(build: ClaimedBuild, phase: BuildPhase): Promise<void>;
  setSourceDigest(build: ClaimedBuild, digest: string): Promise<void>;
  finish(build: ClaimedBuild, ending: Ending): Promise<StoredBuild | undefined>;
  giveBack(build: ClaimedBuild): Promise<boolean>;
  /** Of servers whose lease has ended, or of which `isGone` says so. */
  lost(isGone: (server: string) => boolean): Promise<readonly ClaimedBuild[]>;
  /** One that is lost waits once more. */
  queueAgain(build: ClaimedBuild): Promise<boolean>;
  /** One that is lost ends. */
  endLost(build: ClaimedBuild, ending: Ending): Promise<StoredBuild | undefined>;
  /** When the next lease ends. */
  nextLapse(): Promise<number | undefined>;
}

const isClaimed = (build: StoredBuild): build is ClaimedBuild =>
  build.claimId !== undefined && build.leaseUntil !== undefined;

/** The values of `ENDING`. */
function endingValues(build: StoredBuild, ending: Ending): readonly SqlValue[] {
  const values: Record<keyof typeof ENDING, SqlValue> =
    ending.state === 'succeeded'
      ? {
          state: ending.state,
          reason: null,
          message: null,
          reference: ending.image.reference,
          digest: ending.image.digest,
          size_bytes: ending.image.sizeBytes ?? null,
          added_bytes: ending.image.addedBytes ?? null,
          attestation: ending.attestation ?? null,
          reused_from:
            ending.reusedFrom === undefined ? null : (ending.reusedFrom.reusedFrom ?? ending.reusedFrom.id),
          extends_id: ending.parent?.id ?? null,
          depth: ending.parent === undefined ? 0 : ending.parent.depth + 1,
        }
      : {
          state: ending.state,
          reason: ending.reason,
          message: ending.message,
          reference: null,
          digest: null,
          size_bytes: null,
          added_bytes: null,
          attestation: null,
          reused_from: null,
          extends_id: null,
          depth: build.depth,
        };
  return (Object.keys(ENDING) as (keyof typeof ENDING)[]).map((name) => values[name]); // the keys of a constant
}

/** What else is written when a build ends. */
function besides(id: string, ending: Ending): Execution[] {
  if (ending.state !== 'succeeded') return [{ statement: DROP_INPUT, values: [id] }];
  const { reusedFrom, report } = ending;
  if (reusedFrom !== undefined) {
    return [
      { statement: DROP_INPUT, values: [id] },
      { statement: COPY_REPORT, values: [id, reusedFrom.id] },
    ];
  }
  const keep: Execution = { statement: KEEP_FILE, values: [id] };
  return report === undefined
    ? [keep]
    : [keep, { statement: INSERT_REPORT, values: [id, JSON.stringify(report)] }];
}

export interface ClaimsOptions {
  readonly database: Database;
  readonly clock: Clock;
  /** Names this server among those of the database. */
  readonly server: string;
  readonly leaseMs: number;
}

/** The claims of one server. */
export function createClaims({ database, clock, server, leaseMs }: ClaimsOptions): Claims {
  /** Claims whose answer was lost. */
  const doubtful = new Set<string>();

  const claimed = (rows: readonly Row[] | undefined): ClaimedBuild | undefined =>
    rows?.map(storedBuildOf).find(isClaimed);

  async function doubted(): Promise<ClaimedBuild | undefined> {
    for (const claimId of doubtful) {
      const found = claimed(await database.query(CLAIMED_BY, [claimId]));
      doubtful.delete(claimId);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  const notRenewed = ({ id, leaseUntil }: ClaimedBuild): Execution => ({
    statement: IS_NOT_RENEWED,
    values: [id, leaseUntil],
    rows: 1,
  });

  const ended = (build: ClaimedBuild, ending: Ending): Execution[] => [
    {
      statement: FINISH,
      values: [build.id, build.claimId, clock.now(), ...endingValues(build, ending)],
      rows: 1,
    },
    ...besides(build.id, ending),
  ];

  /** What a call wrote whose answer was lost counts as written. */
  async function finish(build: ClaimedBuild, ending: Ending): Promise<StoredBuild | undefined> {
    const [rows] = (await database.batch(ended(build, ending))) ?? [];
    if (rows !== undefined) return rows.map(storedBuildOf)[0];
    const [row] = await database.query(FIND_BY_ID, [build.id]);
    const found = row && storedBuildOf(row);
    return found?.state === ending.state && found.attempts === build.attempts ? found : undefined;
  }

  return {
    async next(maxRunning) {
      const found = await doubted();
      if (found !== undefined) return found;
      const claimId = randomUUID();
      const { now, place } = clock.moment();
      const values = [maxRunning, now, place, server, claimId, now + leaseMs];
      try {
        const answers = await database.batch([
          { statement: TAKE_TURN, values: [] },
          { statement: CLAIM, values },
        ]);
        return claimed(answers?.[1]);
      } catch (error) {
        doubtful.add(claimId);
        throw error;
      }
    },
    async renew(claimIds) {
      const rows = await database.query(RENEW, [JSON.stringify(claimIds), clock.now() + leaseMs]);
      return rows.map((row) => ({
        claimId: String(row['claim_id']),
        cancelAsked: Boolean(row['cancel_asked']),
      }));
    },
    async setPhase({ id, claimId }, phase) {
      await database.query(SET_PHASE, [id, claimId, phase]);
    },
    async setSourceDigest({ id, claimId }, digest) {
      await database.query(SET_SOURCE_DIGEST, [id, claimId, digest]);
    },
    finish,
    async giveBack({ id, claimId }) {
      const answers = await database.batch([{ statement: GIVE_BACK, values: [id, claimId], rows: 1 }]);
      return answers !== undefined;
    },
    async lost(isGone) {
      const servers = (await database.query(SERVERS)).map((row) => String(row['server']));
      const gone = servers.filter((other) => other !== server && isGone(other));
      const rows = await database.query(LOST, [clock.now(), JSON.stringify(gone)]);
      return rows.map(storedBuildOf).filter(isClaimed);
    },
    async queueAgain(build) {
      const again: Execution = { statement: QUEUE_AGAIN, values: [build.id, build.claimId], rows: 1 };
      return (await database.batch([notRenewed(build), again])) !== undefined;
    },
    async endLost(build, ending) {
      const [, rows] = (await database.batch([notRenewed(build), ...ended(build, ending)])) ?? [];
      return rows?.map(storedBuildOf)[0];
    },
    async nextLapse() {
      const [row] = await database.query<{ moment: number | null }>(NEXT_LAPSE);
      return row?.moment ?? undefined;
    },
  };
}
