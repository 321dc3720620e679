import { collectGarbage, removeRunLogs } from '../../artifacts/index.ts';
import { retentionRules } from '../../config/index.ts';
import type { RunEvent } from '../../kernel/index.ts';
import type { ObjectStore } from '../../store/index.ts';
import { readSettings, type SettingsContext } from '../read-settings.ts';
import type { Output } from './output.ts';

/** A disk that is slow holds up the end of a run no longer than this; the next run goes on with the rest. */
const LIMIT_MS = 5000;

export interface CollectorOptions {
  readonly context: SettingsContext;
  /** Opens the data folder's store. */
  readonly open: () => Promise<ObjectStore>;
  /** Where logs of runs are kept, which go with their records. */
  readonly logsFolder: () => Promise<string>;
  /** Told what went, and what kept the rules from being applied. */
  readonly onNotice: (text: string, runId: string) => void;
}

async function applyRules(
  { context, open, logsFolder, onNotice }: CollectorOptions,
  runId: string,
  leaving: AbortSignal,
): Promise<void> {
  const { settings } = await readSettings(context, ['gc']);
  if (settings.get('retention.automatic') === false) return;
  const collection = collectGarbage(await open(), {
    rules: retentionRules(settings),
    now: Date.now(),
    ownsAll: true,
    signal: AbortSignal.any([leaving, AbortSignal.timeout(LIMIT_MS)]),
  });
  for await (const { what, name, reason } of collection) {
    if (what === 'run') await removeRunLogs(await logsFolder(), name);
    onNotice(`Removed ${what} ${name}: ${reason}`, runId);
  }
}

const startsCleaning = (event: RunEvent): boolean =>
  event.type === 'phase-started' && event.phase === 'clean up';

/**
 * Applies the retention rules to the data folder while a run that stored artifacts there cleans up. Never fails the run:
 * what keeps the rules from being applied is a notice.
 */
export function openCollector(options: CollectorOptions): Output {
  const stored = new Set<string>();
  const leaving = new AbortController();
  let working: Promise<void> = Promise.resolve();
  const collect = async (runId: string): Promise<void> => {
    try {
      await applyRules(options, runId, leaving.signal);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      options.onNotice(`The retention rules were not applied to the end: ${reason}`, runId);
    }
  };
  return {
    see(event) {
      if (event.type === 'artifact-stored' && event.key !== undefined) stored.add(event.runId);
      if (!startsCleaning(event) || !stored.delete(event.runId)) return;
      working = working.then(() => collect(event.runId));
    },
    async close({ atOnce }) {
      if (atOnce) leaving.abort();
      await working;
    },
  };
}
