import type { RunEventSink } from '../../kernel/index.ts';
import type { CommandContext } from '../command.ts';
import { chooseMarks } from './ci/choose-marks.ts';
import { jsonRenderer } from './json.ts';
import type { Output } from './output.ts';
import { usesColour } from './style.ts';
import { type TerminalOptions, terminalRenderer } from './terminal.ts';

/**
 * Everything that is told of the runs of one command: the terminal or the JSON stream, the JUnit file, the reporter.
 * Dispose it when the runs are over; that throws `OutputError` where something that was asked for could not be made.
 */
export interface Outputs extends AsyncDisposable {
  readonly events: RunEventSink;
  /** The person wants to go: dispose without waiting for anybody else. */
  hurry(): void;
}

/** Whether the command is to speak in JSON lines. */
export const wantsJson = ({ flags }: Pick<CommandContext, 'flags'>): boolean =>
  flags.text('output') === 'json';

/** What shows events to the person, or prints them as JSON lines. */
export function openEvents(
  context: CommandContext,
  more: Pick<TerminalOptions, 'summary'> = {},
): RunEventSink {
  const { flags, stdout, stderr, currentFolder } = context;
  if (wantsJson(context)) return jsonRenderer(stdout);
  const { marks, isCi } = chooseMarks(context);
  return terminalRenderer({
    stdout,
    stderr: isCi ? stdout : stderr,
    colour: usesColour(isCi ? stdout : stderr, context),
    verbose: flags.on('verbose') || flags.on('debug'),
    debug: flags.on('debug'),
    quiet: flags.on('suppress-build-logs'),
    currentFolder,
    marks,
    ...more,
  });
}

/** What is told beside the person; loaded only where it is asked for. */
async function openOthers(context: CommandContext, show: RunEventSink): Promise<Output[]> {
  const { flags, currentFolder } = context;
  const others: Output[] = [];
  if (flags.on('report')) {
    const { openReporter } = await import('./open-reporter.ts');
    const warn = (text: string, runId: string): void => {
      void show({ type: 'notice', at: Date.now(), runId, level: 'warning', text });
    };
    others.push(openReporter(context, warn));
  }
  const junit = flags.text('junit');
  if (junit !== undefined) {
    const { openJunitFile } = await import('./junit/file.ts');
    others.push(await openJunitFile(junit, currentFolder));
  }
  return others;
}

/**
 * Opens what the flags of a command that runs pipelines ask for; `show` is what the person sees of the events. Throws
 * `UsageError`.
 */
export async function openOutputs(
  context: CommandContext,
  show: RunEventSink = openEvents(context),
): Promise<Outputs> {
  const others = await openOthers(context, show);
  let atOnce = false;
  return {
    events(event) {
      for (const output of others) output.see(event);
      return show(event);
    },
    hurry() {
      atOnce = true;
    },
    async [Symbol.asyncDispose]() {
      const closed = await Promise.allSettled(others.map((output) => output.close({ atOnce })));
      for (const outcome of closed) if (outcome.status === 'rejected') throw outcome.reason;
    },
  };
}
