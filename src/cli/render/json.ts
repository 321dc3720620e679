import type { RunEvent, RunEventSink } from '../../kernel/index.ts';
import { waitForDrain } from './drain.ts';

/** Of the event stream's format; a field may be added without a new version, none changes or goes away. */
export const EVENT_FORMAT_VERSION = 1;

/** What a line says of an event; a file's whole text stays out. */
function fieldsOf(event: RunEvent): object {
  if (event.type === 'step-output') {
    const { bytes, safeId, runId } = event;
    return { runId, safeId, output: bytes.toString('base64') };
  }
  const { type: _, at: __, runId, ...fields } = event;
  return { runId, ...fields, ...('source' in fields ? { source: undefined } : {}) };
}

/** One line of the stream: what every line has, then the fields of its type. */
export function eventLine(type: string, at: number, fields: object): string {
  const time = new Date(at).toISOString();
  return `${JSON.stringify({ version: EVENT_FORMAT_VERSION, type, time, ...fields })}\n`;
}

/** One JSON object a line; output bytes in base64. */
export function jsonRenderer(stdout: NodeJS.WriteStream): RunEventSink {
  return (event) =>
    stdout.write(eventLine(event.type, event.at, fieldsOf(event))) ? undefined : waitForDrain(stdout);
}
