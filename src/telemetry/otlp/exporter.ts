import { type ExportResult, ExportResultCode, parseKeyPairsIntoRecord } from '@opentelemetry/core';
import { JsonTraceSerializer, ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';
import type { TelemetrySettings } from '../settings.ts';
import { createSender, type Sender, type SenderOptions } from './sender.ts';

export interface ExporterOptions
  extends Pick<SenderOptions, 'certificates'>,
    Pick<TelemetrySettings, 'url' | 'protocol' | 'timeoutMs' | 'isCompressed' | 'headers'> {
  readonly onTrouble: (message: string) => void;
}

/** Sends spans as OTLP over HTTP; `leave` and `abandon` are its sender's. */
export function createExporter(options: ExporterOptions): SpanExporter & Pick<Sender, 'leave' | 'abandon'> {
  const isJson = options.protocol === 'http/json';
  const serializer = isJson ? JsonTraceSerializer : ProtobufTraceSerializer;
  const sender = createSender({
    ...options,
    headers: {
      ...Object.assign({}, ...options.headers.map((text) => parseKeyPairsIntoRecord(text))),
      'content-type': isJson ? 'application/json' : 'application/x-protobuf',
    },
  });
  const going = new Set<Promise<void>>();

  async function send(spans: ReadableSpan[]): Promise<ExportResult> {
    try {
      const bytes = serializer.serializeRequest(spans);
      if (bytes !== undefined) await sender.send(bytes);
      return { code: ExportResultCode.SUCCESS };
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      options.onTrouble(`spans could not be sent to ${new URL(options.url).host}: ${reason}`);
      return { code: ExportResultCode.FAILED };
    }
  }

  return {
    export(spans, done) {
      const sending = send(spans).then(done);
      going.add(sending);
      void sending.finally(() => going.delete(sending));
    },
    async forceFlush() {
      await Promise.all(going);
    },
    async shutdown() {
      await Promise.all(going);
    },
    leave: sender.leave,
    abandon: sender.abandon,
  };
}
