import { statement } from './recordset.ts';

const COLUMNS =
  'task_id, run_id, name, storage_type, content_type, content_length, expires, present, details';
const IS = 'task_id = $1 AND run_id = $2 AND name = $3';

/** $1: task, $2: run, $3: name. */
export const ARTIFACT = statement(() => `SELECT ${COLUMNS} FROM queue_artifacts WHERE ${IS}`);

/** $1 to $9: as the columns are. */
export const INSERT_ARTIFACT = statement(
  () => `INSERT INTO queue_artifacts (${COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
    ON CONFLICT DO NOTHING RETURNING task_id`,
);

/** $1 to $9: as the columns are; only where type, expiry and details still are $10, $11 and $12. */
export const REPLACE_ARTIFACT = statement(
  () => `UPDATE queue_artifacts SET storage_type = $4, content_type = $5, content_length = $6, expires = $7,
      present = $8, details = $9
    WHERE ${IS} AND storage_type = $10 AND expires = $11 AND details = $12 RETURNING task_id`,
);

/** $1: task, $2: run, $3: name, $4: bytes */
export const NOTE_STORED = statement(() => `UPDATE queue_artifacts SET stored_bytes = $4 WHERE ${IS}`);

/** $1: task, $2: run, $3: name after which the page begins, $4: how many. */
export const ARTIFACT_PAGE = statement(
  () => `SELECT ${COLUMNS} FROM queue_artifacts
    WHERE task_id = $1 AND run_id = $2 AND name > $3 AND present ORDER BY name LIMIT $4`,
);
