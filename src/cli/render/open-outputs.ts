import type { RunEventSink } from '../../kernel/index.ts';
import type { ArtifactStore } from '../../runner/index.ts';
import type { CommandContext } from '../command.ts';
import { type RunStores, runLogsFolder } from '../open-stores.ts';
import { chooseMarks } from './ci/choose-marks.ts';
import { jsonRenderer } from './json.ts';
import { openCollector } from './open-collector.ts';
import { openRecorder } from './open-recorder.ts';
import { openRunLogs } from './open-run-logs.ts';
import type { Output } from './output.ts';
import { usesColour } from './style.ts';
import { type TerminalOptions, terminalRenderer } from './terminal.ts';

/**
 * Everything that is told of the runs of one command: the terminal or the JSON stream, their records, the JUnit file, the
 * reporter.
 * Dispose it when the runs are over; that throws `OutputError` where something that was asked for could not be made.
 */
export interface Outputs extends AsyncDisposable {
  readonly events: RunEventSink;
  /** The person wants to go: dispose without waiting for anybody else. */
  hurry(): void;
  /** Is disposed when everything is closed. */
  untilClosed(held: Disposable): void;
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

/** Looked at here, so that what traces is loaded only then. */
const isTraced = (environment: NodeJS.ProcessEnv): boolean =>
  Boolean(environment['OTEL_EXPORTER_OTLP_ENDPOINT'] || environment['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT']);

export interface OutputsOptions {
  /** Where runs are recorded. */
  readonly stores: Pick<RunStores, 'data'>;
  readonly artifactStore: ArtifactStore | undefined;
  /** What the person sees of the events. @defaultValue `openEvents` */
  readonly show?: RunEventSink;
  /** Takes notices about outputs that are in trouble. @defaultValue `show` */
  readonly warn?: RunEventSink;
}

/** What is told beside the person; loaded only where it is asked for. */
async function openOthers(
  context: CommandContext,
  { stores, artifactStore, warn }: Required<Omit<OutputsOptions, 'show'>>,
): Promise<Output[]> {
  const { flags, environment, currentFolder } = context;
  const onTrouble = (text: string, runId: string): void => {
    void warn({ type: 'notice', at: Date.now(), runId, level: 'warning', text });
  };
  const onNotice = (text: string, runId: string): void => {
    void warn({ type: 'notice', at: Date.now(), runId, level: 'debug', text });
  };
  const logsFolder = () => runLogsFolder(context);
  const others: Output[] = [
    openRunLogs({ folder: logsFolder, currentFolder, onTrouble }),
    openRecorder({ stores, artifactStore, onTrouble }),
    openCollector({ context, open: () => stores.data(), logsFolder, onNotice }),
  ];
  if (flags.on('report')) {
    const { openReporter } = await import('./open-reporter.ts');
    others.push(openReporter(context, onTrouble));
  }
  if (isTraced(environment)) {
    const { openTracer } = await import('./open-tracer.ts');
    others.push(await openTracer(context, onTrouble));
  }
  const junit = flags.text('junit');
  if (junit !== undefined) {
    const { openJunitFile } = await import('./junit/file.ts');
    others.push(await openJunitFile(junit, currentFolder));
  }
  return others;
}

/** Opens what a command that runs pipelines tells of them, and what its flags ask for. Throws `UsageError`. */
export async function openOutputs(
  context: CommandContext,
  { show = openEvents(context), warn = show, ...records }: OutputsOptions,
): Promise<Outputs> {
  const others = await openOthers(context, { ...records, warn });
  let atOnce = false;
  const held = new DisposableStack();
  return {
    events(event) {
      for (const output of others) output.see(event);
      return show(event);
    },
    hurry() {
      atOnce = true;
    },
    untilClosed(disposable) {
      held.use(disposable);
    },
    async [Symbol.asyncDispose]() {
      using _held = held;
      const closed = await Promise.allSettled(others.map((output) => output.close({ atOnce })));
      for (const outcome of closed) if (outcome.status === 'rejected') throw outcome.reason;
    },
  };
}
