import { openRunCatalog, type RunCatalog, type RunRecord } from '../artifacts/index.ts';
import { isSafeId, suggest, visibleText } from '../kernel/index.ts';
import type { ObjectStore } from '../store/index.ts';
import { CommandError } from './command-error.ts';

/** The word for the newest run. */
export const LATEST = 'latest';

const SHOWN_IDS = 5;

const none = (store: ObjectStore): CommandError =>
  new CommandError(`no run is kept in ${store.name} yet`, 'slipway build --artifacts makes one.');

/** A record that was removed, or cannot be read, is passed over: the newest that is whole is meant. */
async function newest(store: ObjectStore, catalog: RunCatalog): Promise<RunRecord> {
  const { runs } = await catalog.list({ limit: 1 });
  const [run] = runs;
  if (run === undefined) throw none(store);
  return run;
}

function severalBegin(wanted: string, ids: readonly string[]): CommandError {
  const shown = ids.slice(0, SHOWN_IDS).join(', ');
  const more = ids.length > SHOWN_IDS ? `, and ${ids.length - SHOWN_IDS} more` : '';
  return new CommandError(
    `${ids.length} runs begin with "${wanted}": ${shown}${more}`,
    'Type more of the id.',
  );
}

async function unknown(store: ObjectStore, catalog: RunCatalog, wanted: string): Promise<CommandError> {
  const ids = await catalog.idsThatBegin('');
  if (ids.length === 0) return none(store);
  const near = suggest(wanted, [LATEST, ...ids]);
  const shown = visibleText(wanted.slice(0, 200));
  const hint =
    near === undefined ? 'slipway runs lists them.' : `Did you mean ${near}? slipway runs lists them.`;
  return new CommandError(`there is no run "${shown}" in ${store.name}`, hint);
}

/**
 * The run that a word of the command line means: its id, the beginning of one id and no other, or `latest` (the newest
 * that started, whatever its result). Throws `CommandError` with what to do where there is none, or where several begin
 * so; `ArtifactError` where its record cannot be read; `StoreError`.
 */
export async function findRun(store: ObjectStore, wanted: string = LATEST): Promise<RunRecord> {
  const catalog = openRunCatalog(store);
  if (wanted === LATEST) return await newest(store, catalog);
  const ids = isSafeId(wanted) ? await catalog.idsThatBegin(wanted) : [];
  const only = ids.includes(wanted) ? wanted : ids.length === 1 ? ids[0] : undefined;
  if (only === undefined && ids.length > 1) throw severalBegin(wanted, ids);
  const run = only === undefined ? undefined : await catalog.get(only);
  if (run === undefined) throw await unknown(store, catalog, wanted);
  return run;
}
