import { traceRuns } from '../../telemetry/index.ts';
import type { CommandContext } from '../command.ts';
import { openProgramTelemetry } from '../program-telemetry.ts';
import type { Output } from './output.ts';

/** Traces the runs of a command, as parts of what `TRACEPARENT` names where a script has set that. */
export async function openTracer(
  context: CommandContext,
  onTrouble: (text: string, runId: string) => void,
): Promise<Output> {
  const troubles: string[] = [];
  let runId: string | undefined;
  const tell = (text: string): void => {
    if (runId === undefined) troubles.push(text);
    else onTrouble(text, runId);
  };
  const telemetry = await openProgramTelemetry(context, 'slipway', tell);
  const parent = context.environment['TRACEPARENT'];
  const { see } = traceRuns((name, options) => telemetry.start(name, { ...options, parent }));
  return {
    see(event) {
      runId ??= event.runId;
      for (const text of troubles.splice(0)) onTrouble(text, event.runId);
      see(event);
    },
    async close({ atOnce }) {
      if (!atOnce) await telemetry[Symbol.asyncDispose]();
    },
  };
}
