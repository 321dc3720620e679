import type { Statement } from '../../database/index.ts';
import { BUILD_COLUMNS } from './build-row.ts';

const both = (text: string): Statement => ({ sqlite: text, postgres: text });
const RETURNED = BUILD_COLUMNS.join(', ');

/**
 * Before `CLAIM` in its batch: servers claim one after the other, so that each sees what the one before took. On SQLite batches
 * are one after the other anyway.
 */
export const TAKE_TURN: Statement = {
  sqlite: 'SELECT 1',
  postgres: `SELECT pg_advisory_xact_lock(hashtext('slipway.builder.claim'))`,
};

/**
 * Takes the next build: of the user with the fewest running, then of the one who was served longest ago, then the oldest. Left
 * alone is what is the same as one that goes on, which may answer it, and what goes to a name that one has which goes on or was
 * asked for before, so that the later one wins there.
 * $1: how many of one user may run, $2: now, $3: place in the order of serving, $4: server, $5: claim, $6: end of the lease.
 */
export const CLAIM = both(
  `WITH running AS (
      SELECT user_login, COUNT(*) AS many FROM builder_builds WHERE state = 'running' GROUP BY user_login),
    oldest AS (
      SELECT b.user_login, MIN(b.place) AS place FROM builder_builds b
      WHERE b.state = 'queued' AND NOT EXISTS (
        SELECT 1 FROM builder_builds o WHERE o.state = 'running' AND (o.build_key = b.build_key
          OR (o.push_host = b.push_host AND o.repository = b.repository AND o.tag = b.tag)))
      AND NOT EXISTS (
        SELECT 1 FROM builder_builds o WHERE o.state = 'queued' AND o.user_login = b.user_login AND o.place < b.place
          AND o.push_host = b.push_host AND o.repository = b.repository AND o.tag = b.tag)
      GROUP BY b.user_login),
    next AS (
      SELECT oldest.place FROM oldest LEFT JOIN running ON running.user_login = oldest.user_login
      WHERE COALESCE(running.many, 0) < $1
      ORDER BY COALESCE(running.many, 0),
        COALESCE((SELECT MAX(o.served) FROM builder_builds o WHERE o.user_login = oldest.user_login), 0),
        oldest.place
      LIMIT 1)
    UPDATE builder_builds SET state = 'running', phase = 'prepare', attempts = attempts + 1,
      started_at = COALESCE(started_at, $2), served = $3, server = $4, claim_id = $5, lease_until = $6
    WHERE place = (SELECT place FROM next) AND state = 'queued'
    RETURNING ${RETURNED}`,
);

/** What a claim took whose answer was lost. $1: claim */
export const CLAIMED_BY = both(
  `SELECT ${RETURNED} FROM builder_builds WHERE state = 'running' AND claim_id = $1`,
);

/** $1: claims as a JSON list, $2: end of the lease. Gives those that hold still. */
export const RENEW: Statement = {
  sqlite: `UPDATE builder_builds SET lease_until = $2
    WHERE state = 'running' AND claim_id IN (SELECT value FROM json_each($1)) RETURNING claim_id, cancel_asked`,
  postgres: `UPDATE builder_builds SET lease_until = $2
    WHERE state = 'running' AND claim_id IN (SELECT jsonb_array_elements_text($1::jsonb)) RETURNING claim_id, cancel_asked`,
};

/** Servers that run builds. */
export const SERVERS = both(`SELECT DISTINCT server FROM builder_builds WHERE state = 'running'`);

/** Builds whose server is lost. $1: now, $2: servers that are gone for sure, a JSON list */
export const LOST: Statement = {
  sqlite: `SELECT ${RETURNED} FROM builder_builds WHERE state = 'running'
    AND (lease_until <= $1 OR server IN (SELECT value FROM json_each($2)))`,
  postgres: `SELECT ${RETURNED} FROM builder_builds WHERE state = 'running'
    AND (lease_until <= $1 OR server IN (SELECT jsonb_array_elements_text($2::jsonb)))`,
};

/** When the next lease ends. */
export const NEXT_LAPSE = both(
  `SELECT MIN(lease_until) AS moment FROM builder_builds WHERE state = 'running'`,
);

/** Guards what is done with a build whose server is lost: it has not renewed it meanwhile. $1: build, $2: end of the lease */
export const IS_NOT_RENEWED: Statement = {
  sqlite: 'SELECT 1 AS found FROM builder_builds WHERE build_id = $1 AND lease_until = $2',
  postgres: 'SELECT 1 AS found FROM builder_builds WHERE build_id = $1 AND lease_until = $2 FOR UPDATE',
};

const UNCLAIMED = `state = 'queued', phase = NULL, server = NULL, claim_id = NULL, lease_until = NULL`;

/** Of a lost server. $1: build, $2: claim */
export const QUEUE_AGAIN = both(
  `UPDATE builder_builds SET ${UNCLAIMED} WHERE build_id = $1 AND claim_id = $2 AND state = 'running'`,
);

/** By the server that has it: it does not count as an attempt. $1: build, $2: claim */
export const GIVE_BACK = both(
  `UPDATE builder_builds SET ${UNCLAIMED}, attempts = attempts - 1
    WHERE build_id = $1 AND claim_id = $2 AND state = 'running' AND NOT cancel_asked`,
);
