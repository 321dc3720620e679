import type { CommandContext } from '../command.ts';
import { mistakesIn } from '../commands/config-check.ts';
import { configuredContext } from '../configured-context.ts';
import { dataFolder } from '../data-folder.ts';
import { readDownloadSettings } from '../download-settings.ts';
import { readServerSettings } from '../queue-settings.ts';
import { readSettings } from '../read-settings.ts';
import { variableWarnings } from '../strange-variables.ts';
import { type CheckedFinding, type Finding, failed, ok, type Patient, warning } from './check.ts';

/** What everything else depends on: without it the rest cannot be looked at. */
export interface Anamnesis {
  readonly configuration: CheckedFinding;
  readonly patient?: Patient;
}

/** Reads the configuration as a server does. */
export async function readPatient(given: CommandContext): Promise<Anamnesis> {
  try {
    const context = await configuredContext(given, 'server');
    const listen = readDownloadSettings(context, { lowestPort: 0 });
    const server = readServerSettings(context, listen.host);
    const folder = dataFolder(context.environment, context.currentFolder);
    const finding = await findingOf(given);
    return {
      configuration: { name: 'configuration', durationMs: 0, ...finding },
      patient: { context, server, listen, dataFolder: folder },
    };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const hint = 'slipway config check shows them all; nothing else could be looked at';
    return { configuration: { name: 'configuration', durationMs: 0, ...failed(error.message, hint) } };
  }
}

async function findingOf(context: CommandContext): Promise<Finding> {
  const read = await readSettings(context);
  const about = read.fileExists ? read.file : `no file (it would be ${read.file})`;
  const mistakes = await mistakesIn(read, context.environment);
  if (mistakes.length > 0)
    return failed(`${about}: ${mistakes.join('; ')}`, 'slipway config check shows them again');
  const warnings = variableWarnings(context.environment);
  return warnings.length === 0
    ? ok(about)
    : warning(`${about}; ${warnings.join('; ')}`, 'unset them, or write them as they are called');
}
