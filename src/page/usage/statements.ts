import type { Statement } from '../../database/index.ts';

const both = (text: string): Statement => ({ sqlite: text, postgres: text });

const OPEN_ENTRIES = 'SELECT entry_id FROM usage_entries WHERE batch IS NULL ORDER BY entry_id LIMIT $2';

/** Takes entries that nobody adds up yet. $1: what they are known by, $2: how many */
export const TAKE_ENTRIES: Statement = {
  sqlite: `UPDATE usage_entries SET batch = $1 WHERE entry_id IN (${OPEN_ENTRIES})`,
  postgres: `UPDATE usage_entries SET batch = $1 WHERE entry_id IN (${OPEN_ENTRIES} FOR UPDATE SKIP LOCKED)`,
};

/** After the one before, in the same batch; in the order of its key, so that servers never wait in a ring. $1: as there */
export const ADD_UP = both(
  `INSERT INTO usage_days (project, day, runs, failed_runs, duration_ms, bytes)
    SELECT project, ended / 86400000 AS day, COUNT(*), SUM(CASE outcome WHEN 'passed' THEN 0 ELSE 1 END),
      SUM(CASE WHEN ended > started THEN ended - started ELSE 0 END), SUM(bytes)
    FROM usage_entries WHERE batch = $1 GROUP BY project, ended / 86400000 ORDER BY project, day
    ON CONFLICT (project, day) DO UPDATE SET runs = usage_days.runs + excluded.runs,
      failed_runs = usage_days.failed_runs + excluded.failed_runs,
      duration_ms = usage_days.duration_ms + excluded.duration_ms, bytes = usage_days.bytes + excluded.bytes`,
);

/** After the ones before, in the same batch. $1: as there */
export const DROP_ENTRIES = both(
  'DELETE FROM usage_entries WHERE batch = $1 RETURNING project, outcome, started, ended, bytes',
);

/** $1 and $2: the first and the last day, $3: how many projects */
export const USAGE_BETWEEN = both(
  `SELECT project, SUM(runs) AS runs, SUM(failed_runs) AS failed_runs, SUM(duration_ms) AS duration_ms,
      SUM(bytes) AS bytes
    FROM usage_days WHERE day BETWEEN $1 AND $2
    GROUP BY project ORDER BY 4 DESC, project LIMIT $3`,
);

/** $1: the first day that is kept */
export const DROP_DAYS = both('DELETE FROM usage_days WHERE day < $1');

const listed: Statement = {
  sqlite: '(SELECT value FROM json_each($1))',
  postgres: '(SELECT unnest(ARRAY(SELECT jsonb_array_elements_text($1::jsonb))))',
};

/** Those of a JSON list that were counted. */
export const COUNTED_RUNS: Statement = {
  sqlite: `SELECT run_id FROM usage_recorded_runs WHERE run_id IN ${listed.sqlite}`,
  postgres: `SELECT run_id FROM usage_recorded_runs WHERE run_id IN ${listed.postgres}`,
};

/** $1: run, $2: its end. Gives no row where it was counted. */
export const COUNT_RUN = both(
  'INSERT INTO usage_recorded_runs (run_id, ended) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING run_id',
);

/** In the batch of the one before. $1 to $5: project, outcome, start, end, bytes */
export const ENTER = both(
  'INSERT INTO usage_entries (project, outcome, started, ended, bytes) VALUES ($1, $2, $3, $4, $5)',
);

/** $1: JSON list of runs whose records are gone */
export const FORGET_RUNS: Statement = {
  sqlite: `DELETE FROM usage_recorded_runs WHERE run_id IN ${listed.sqlite}`,
  postgres: `DELETE FROM usage_recorded_runs WHERE run_id IN ${listed.postgres}`,
};
