import type { RecordedArtifact, RunRecord } from '../artifacts/index.ts';
import { suggest } from '../kernel/index.ts';
import { CommandError } from './command-error.ts';
import { NAME_LENGTH } from './kept/run-lines.ts';
import { shownText } from './render/columns.ts';

const SHOWN_NAMES = 20;

/** The artifact of a run that is called so. Throws `CommandError`, with the names that there are. */
export function namedArtifact({ runId, artifacts }: RunRecord, wanted: string): RecordedArtifact {
  const found = artifacts.find(({ name }) => name === wanted);
  if (found !== undefined) return found;
  const names = artifacts.map(({ name }) => shownText(name, NAME_LENGTH));
  const near = suggest(wanted, names);
  const hint =
    names.length === 0
      ? 'it stored none: a run does that with --artifacts'
      : `it has ${names.slice(0, SHOWN_NAMES).join(', ')}${near === undefined ? '' : `; did you mean ${near}?`}`;
  throw new CommandError(`the run ${runId} has no artifact "${shownText(wanted, NAME_LENGTH)}"`, hint);
}
