import type { Statement } from '../../database/index.ts';
import { BUILD_COLUMNS } from './build-row.ts';

const both = (text: string): Statement => ({ sqlite: text, postgres: text });
const dialects = (make: (dialect: keyof Statement) => string): Statement => ({
  sqlite: make('sqlite'),
  postgres: make('postgres'),
});
const ALL = BUILD_COLUMNS.join(', ');

/** The texts of a JSON list, for `IN`. */
const listed = (parameter: string): Record<keyof Statement, string> => ({
  sqlite: `(SELECT value FROM json_each(${parameter}))`,
  postgres: `(SELECT unnest(ARRAY(SELECT jsonb_array_elements_text(${parameter}::jsonb))))`,
});

/** What a build begins with, and how PostgreSQL is told their types. */
export const NEW_BUILD = {
  build_id: 'text',
  job_name: 'text',
  user_login: 'text',
  build_key: 'text',
  source: 'text',
  repository: 'text',
  tag: 'text',
  kind: 'text',
  file_digest: 'text',
  push_host: 'text',
  recipe_version: 'text',
  forced: 'boolean',
  ensured: 'boolean',
  state: 'text',
  source_digest: 'text',
  reference: 'text',
  digest: 'text',
  size_bytes: 'bigint',
  added_bytes: 'bigint',
  attestation: 'text',
  reused_from: 'text',
  created_at: 'bigint',
  ended_at: 'bigint',
} as const;
const NEW_COLUMNS = Object.entries(NEW_BUILD);
const LIMIT_AT = NEW_COLUMNS.length + 1;

/** Before `INSERT_BUILD` in its batch, so that a user's limit holds whoever else starts a build for them. $1: user */
export const LOCK_USER: Statement = {
  sqlite: 'SELECT $1',
  postgres: `SELECT pg_advisory_xact_lock(hashtext('slipway.builder.user'), hashtext($1))`,
};

/**
 * The values of `NEW_BUILD` in their order, then how many builds of the user may wait. Gives no row where there are as many, or
 * where the same is ensured already.
 */
export const INSERT_BUILD = dialects((dialect) => {
  const cast = (type: string): string => (dialect === 'postgres' ? `::${type}` : '');
  const values = NEW_COLUMNS.map(([, type], i) => `$${i + 1}${cast(type)}`);
  return `INSERT INTO builder_builds (${NEW_COLUMNS.map(([name]) => name).join(', ')}, depth, attempts, cancel_asked)
    SELECT ${values.join(', ')}, 0, 0, FALSE
    WHERE (SELECT COUNT(*) FROM builder_builds WHERE user_login = $3 AND state = 'queued') < $${LIMIT_AT}
    ON CONFLICT DO NOTHING RETURNING ${ALL}`;
});

/** $1: build, $2: file, $3: environment as JSON */
export const INSERT_INPUT = both(
  'INSERT INTO builder_inputs (build_id, file, environment) VALUES ($1, $2, $3)',
);

/** $1: build */
export const FIND_INPUT = both('SELECT file, environment FROM builder_inputs WHERE build_id = $1');

/** $1: build */
export const FIND_BY_ID = both(`SELECT ${ALL} FROM builder_builds WHERE build_id = $1`);

/** The newest. $1: key */
export const FIND_BY_KEY = both(
  `SELECT ${ALL} FROM builder_builds WHERE build_key = $1 ORDER BY place DESC LIMIT 1`,
);

/** Images of the same request, the newest first. $1: key */
export const FIND_IMAGES = both(
  `SELECT ${ALL} FROM builder_builds WHERE build_key = $1 AND state = 'succeeded' ORDER BY place DESC LIMIT 5`,
);

/** Whether something goes on that is to have that name. $1: user, $2: push host, $3: repository, $4: tag */
export const IS_TAG_BUSY = both(
  `SELECT 1 AS busy FROM builder_builds WHERE user_login = $1 AND state IN ('queued', 'running')
    AND push_host = $2 AND repository = $3 AND tag = $4 LIMIT 1`,
);

/** The newest build of the same request that failed by its own fault since this one was asked for. $1: key, $2: moment */
export const FAILED_SINCE = both(
  `SELECT ${ALL} FROM builder_builds WHERE build_key = $1 AND state = 'failed' AND ended_at > $2
    AND reason IN ('requirement-failed', 'source-not-found', 'source-refused')
    ORDER BY place DESC LIMIT 1`,
);

/**
 * Images that may be built on, the newest first. $1: user, $2: kind, $3: digest of the source, $4: version of the recipe,
 * $5: push host, $6: repository
 */
export const FIND_PARENTS = both(
  `SELECT ${ALL} FROM builder_builds WHERE user_login = $1 AND state = 'succeeded' AND kind = $2
    AND source_digest = $3 AND recipe_version = $4 AND push_host = $5 AND repository = $6
    AND reused_from IS NULL AND file_digest IS NOT NULL
    ORDER BY place DESC LIMIT 20`,
);

const PAGE = `place < $1 AND state IN`;

/** $1: places before this one, $2: states as a JSON list, $3: how many */
export const LIST_ALL = dialects(
  (d) => `SELECT ${ALL} FROM builder_builds WHERE ${PAGE} ${listed('$2')[d]} ORDER BY place DESC LIMIT $3`,
);

/** The same of one user. $4: user */
export const LIST_OF_USER = dialects(
  (d) => `SELECT ${ALL} FROM builder_builds WHERE user_login = $4 AND ${PAGE} ${listed('$2')[d]}
    ORDER BY place DESC LIMIT $3`,
);

export const COUNTS = both(
  `SELECT (SELECT COUNT(*) FROM builder_builds WHERE state = 'queued') AS queued,
    (SELECT COUNT(*) FROM builder_builds WHERE state = 'running') AS running`,
);

/** Ids of all that has not ended. */
export const GOING_ON = both(`SELECT build_id FROM builder_builds WHERE state IN ('queued', 'running')`);

const CLAIMED = `build_id = $1 AND claim_id = $2 AND state = 'running'`;

/** $1: build, $2: claim, $3: phase */
export const SET_PHASE = both(`UPDATE builder_builds SET phase = $3 WHERE ${CLAIMED}`);

/** $1: build, $2: claim, $3: digest of the source */
export const SET_SOURCE_DIGEST = both(`UPDATE builder_builds SET source_digest = $3 WHERE ${CLAIMED}`);

/** One that waits ends at once, one that runs is to be ended by its server. $1: build, $2: now, $3: message */
export const CANCEL = both(
  `UPDATE builder_builds SET cancel_asked = TRUE,
    reason = CASE WHEN state = 'queued' THEN 'cancelled' ELSE reason END,
    message = CASE WHEN state = 'queued' THEN $3 ELSE message END,
    ended_at = CASE WHEN state = 'queued' THEN $2 ELSE ended_at END,
    state = CASE WHEN state = 'queued' THEN 'cancelled' ELSE state END
    WHERE build_id = $1 AND state IN ('queued', 'running') RETURNING ${ALL}`,
);

/** How a build ended, behind build, claim and moment. */
export const ENDING = {
  state: 'text',
  reason: 'text',
  message: 'text',
  reference: 'text',
  digest: 'text',
  size_bytes: 'bigint',
  added_bytes: 'bigint',
  attestation: 'text',
  reused_from: 'text',
  extends_id: 'text',
  depth: 'bigint',
} as const;

/** $1: build, $2: claim, $3: now, then the values of `ENDING` */
export const FINISH = both(
  `UPDATE builder_builds SET phase = NULL, server = NULL, claim_id = NULL, lease_until = NULL, ended_at = $3,
    ${Object.keys(ENDING)
      .map((name, i) => `${name} = $${i + 4}`)
      .join(', ')}
    WHERE ${CLAIMED} RETURNING ${ALL}`,
);

/** What later builds may be built on is kept, without what is only for who builds. $1: build */
export const KEEP_FILE = both(`UPDATE builder_inputs SET environment = '{}' WHERE build_id = $1`);

/** $1: build */
export const DROP_INPUT = both('DELETE FROM builder_inputs WHERE build_id = $1');

/** $1: build, $2: report as JSON */
export const INSERT_REPORT = both('INSERT INTO builder_reports (build_id, report) VALUES ($1, $2)');

/** The image of another build is this one's too. $1: build, $2: the other */
export const COPY_REPORT = dialects(
  (d) => `INSERT INTO builder_reports (build_id, report)
    SELECT $1${d === 'postgres' ? '::text' : ''}, report FROM builder_reports WHERE build_id = $2`,
);

/** $1: build */
export const FIND_REPORT = both('SELECT report FROM builder_reports WHERE build_id = $1');

/** Of a user, ended before a moment. $1: user, $2: moment, $3: how many */
export const ENDED_OF_USER = both(
  'SELECT build_id FROM builder_builds WHERE user_login = $1 AND ended_at < $2 LIMIT $3',
);

/** Ended before a moment. $1: moment, $2: how many */
export const ENDED_BEFORE = both('SELECT build_id FROM builder_builds WHERE ended_at < $1 LIMIT $2');

/** Beyond the newest of each user. $1: how many of a user stay, $2: how many */
export const ENDED_BEYOND = both(
  `SELECT build_id FROM (
      SELECT build_id, row_number() OVER (PARTITION BY user_login ORDER BY place DESC) AS rank
      FROM builder_builds WHERE ended_at IS NOT NULL) ranked
    WHERE rank > $1 LIMIT $2`,
);

/** $1: builds as a JSON list; those that go on stay. */
export const REMOVE_BUILDS = [
  dialects((d) => `DELETE FROM builder_builds WHERE build_id IN ${listed('$1')[d]} AND ended_at IS NOT NULL`),
  dialects((d) => `DELETE FROM builder_inputs WHERE build_id IN ${listed('$1')[d]}`),
  dialects((d) => `DELETE FROM builder_reports WHERE build_id IN ${listed('$1')[d]}`),
];
