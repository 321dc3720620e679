import type { CommandContext } from '../command.ts';
import type { DownloadSettings } from '../download-settings.ts';
import type { ServerSettings } from '../queue-settings.ts';

/** How something is. */
export type CheckState = 'ok' | 'warning' | 'failed' | 'skipped';

/** What was found. No secret is in it. */
export interface Finding {
  readonly state: CheckState;
  readonly found: string;
  /** What to do. */
  readonly hint?: string;
}

/** All that is configured of a server. */
export interface Patient {
  /** Configured. */
  readonly context: CommandContext;
  readonly server: ServerSettings;
  readonly listen: Pick<DownloadSettings, 'host' | 'port' | 'tlsFiles'>;
  /** Absolute. */
  readonly dataFolder: string;
}

/** One thing that is looked at. */
export interface Check<P = Patient> {
  readonly name: string;
  /** Everything that it throws is a failure, with its own words. Stops where the signal aborts, which is its time. */
  run(patient: P, signal: AbortSignal): Promise<Finding>;
}

export interface CheckedFinding extends Finding {
  readonly name: string;
  readonly durationMs: number;
}

export const ok = (found: string): Finding => ({ state: 'ok', found });
export const skipped = (found: string): Finding => ({ state: 'skipped', found });
export const warning = (found: string, hint: string): Finding => ({ state: 'warning', found, hint });
export const failed = (found: string, hint: string): Finding => ({ state: 'failed', found, hint });
