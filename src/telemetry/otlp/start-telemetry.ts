import { readFileSync } from 'node:fs';
import { parseKeyPairsIntoRecord, setGlobalErrorHandler } from '@opentelemetry/core';
import { type Resource, resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import type { TelemetryOptions } from '../open-telemetry.ts';
import type { TelemetrySettings } from '../settings.ts';
import { NO_TELEMETRY, type Telemetry } from '../telemetry.ts';
import { createExporter } from './exporter.ts';
import { samplerOf } from './sampler.ts';
import { startSpan } from './start-span.ts';

const LEAVE_MS = 2000;
const TELL_EVERY_MS = 60_000;
/** Of one attribute: a message of an error may be long. */
const MAX_ATTRIBUTE_LENGTH = 4096;

/** Starts what makes spans and sends them. */
export function startTelemetry(settings: TelemetrySettings, options: TelemetryOptions): Telemetry {
  const onTrouble = seldom(options.onTrouble);
  const certificates = readCertificates(settings, options.onTrouble);
  if (certificates === undefined) return NO_TELEMETRY;
  const exporter = createExporter({ ...settings, ...certificates, onTrouble });
  // What the exporter could not send it has told itself.
  setGlobalErrorHandler(() => {});
  const { batch } = settings;
  const provider = new TracerProvider({
    resource: resourceOf(settings, options),
    sampler: samplerOf(settings, options.onTrouble),
    spanLimits: { attributeValueLengthLimit: MAX_ATTRIBUTE_LENGTH },
    spanProcessors: [
      new BatchSpanProcessor({
        exporter,
        scheduledDelayMillis: batch.delayMs,
        maxQueueSize: batch.queueSize,
        maxExportBatchSize: Math.min(batch.size, batch.queueSize),
      }),
    ],
  });
  const tracer = provider.getTracer('slipway', options.version);
  return {
    isOn: true,
    start: (name, how = {}) => startSpan(tracer, name, how),
    async [Symbol.asyncDispose]() {
      exporter.leave(); // before what is left is sent: nobody waits for a second try
      // The timer is what the program waits for: sockets of the exporter hold nobody.
      const { promise: late, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, LEAVE_MS);
      await Promise.race([provider.shutdown().catch(() => {}), late]);
      clearTimeout(timer);
      exporter.abandon();
    },
  };
}

function seldom(tell: (message: string) => void): (message: string) => void {
  let toldAt = Number.NEGATIVE_INFINITY;
  return (message) => {
    const now = performance.now();
    if (now - toldAt < TELL_EVERY_MS) return;
    toldAt = now;
    tell(message);
  };
}

function resourceOf(settings: TelemetrySettings, { service, version }: TelemetryOptions): Resource {
  const given = parseKeyPairsIntoRecord(settings.resourceAttributes);
  return resourceFromAttributes({
    'service.version': version,
    'telemetry.sdk.language': 'nodejs',
    'telemetry.sdk.name': 'opentelemetry',
    'service.name': service,
    ...given,
    ...(settings.serviceName !== undefined && { 'service.name': settings.serviceName }),
  });
}

interface Certificates {
  readonly ca?: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
}

/** `undefined`, and said: one of them cannot be read. */
function readCertificates(
  { certificates }: TelemetrySettings,
  onTrouble: (message: string) => void,
): { readonly certificates: Certificates } | undefined {
  try {
    const read = Object.entries(certificates).map(([name, file]) => [name, readFileSync(file)]);
    return { certificates: Object.fromEntries(read) };
  } catch (error) {
    onTrouble(`nothing is traced: a certificate for it cannot be read: ${(error as Error).message}`);
    return undefined;
  }
}
