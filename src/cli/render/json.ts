import type { RunEvent, RunEventSink } from '../../kernel/index.ts';
import { waitForDrain } from './drain.ts';

/** Of the event stream's format; a field may be added without a new version, none changes or goes away. */
export const EVENT_FORMAT_VERSION = 1;

function asLine(event: RunEvent): string {
  const { type, at, ...rest } = event;
  const time = new Date(at).toISOString();
  if (event.type === 'step-output') {
    const { bytes, safeId } = event;
    return JSON.stringify({
      version: EVENT_FORMAT_VERSION,
      type,
      time,
      safeId,
      output: bytes.toString('base64'),
    });
  }
  if (event.type === 'diagnosed') {
    return JSON.stringify({ version: EVENT_FORMAT_VERSION, type, time, diagnostic: event.diagnostic });
  }
  return JSON.stringify({ version: EVENT_FORMAT_VERSION, type, time, ...rest });
}

/** One JSON object a line; output bytes in base64. */
export function jsonRenderer(stdout: NodeJS.WriteStream): RunEventSink {
  return (event) => (stdout.write(`${asLine(event)}\n`) ? undefined : waitForDrain(stdout));
}
