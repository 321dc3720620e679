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

/** An event of a run as one line. */
export const eventText = (event: RunEvent): string => eventLine(event.type, event.at, fieldsOf(event));

/** Where a run belongs to, on each of its lines. */
export interface WorkflowPlace {
  readonly workflow: string;
  /** The pipeline's name within the workflow. */
  readonly workflowPipeline: string;
}

/** One JSON object a line; output bytes in base64. */
export function jsonRenderer(stdout: NodeJS.WriteStream, place?: WorkflowPlace): RunEventSink {
  return (event) => {
    const line = eventLine(event.type, event.at, { ...place, ...fieldsOf(event) });
    return stdout.write(line) ? undefined : waitForDrain(stdout);
  };
}
