import { openTelemetry, type Telemetry } from '../telemetry/index.ts';
import type { CommandContext } from './command.ts';
import { versionText } from './version.ts';

/** Telemetry of a program, as its environment asks for it. */
export const openProgramTelemetry = (
  { environment }: Pick<CommandContext, 'environment'>,
  service: string,
  onTrouble: (message: string) => void,
): Promise<Telemetry> => openTelemetry({ service, version: versionText(), environment, onTrouble });
