import { readTelemetrySettings } from './settings.ts';
import { NO_TELEMETRY, type Telemetry } from './telemetry.ts';

export interface TelemetryOptions {
  /** Which program it is: `slipway-server`. `OTEL_SERVICE_NAME` goes before it. */
  readonly service: string;
  /** Of the program. */
  readonly version: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Told in a sentence, at most once a minute, that spans do not arrive. */
  readonly onTrouble: (message: string) => void;
}

/**
 * Opens telemetry where `OTEL_EXPORTER_OTLP_ENDPOINT` (or the one of traces alone) is set; elsewhere nothing is loaded, and
 * nothing is done. Throws nothing.
 */
export async function openTelemetry(options: TelemetryOptions): Promise<Telemetry> {
  const settings = readTelemetrySettings(options.environment);
  if (typeof settings === 'string') options.onTrouble(`nothing is traced: ${settings}`);
  if (settings === undefined || typeof settings === 'string') return NO_TELEMETRY;
  const { startTelemetry } = await import('./otlp/start-telemetry.ts');
  return startTelemetry(settings, options);
}
