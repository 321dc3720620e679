import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createContentCache, type LinkKeys, runRoutes, signRunLink } from '../../download/index.ts';
import { createStreamShares } from '../../kernel/index.ts';
import { createServerLogger, createServerMetrics, startServer } from '../../server/index.ts';
import type { CommandContext } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { findRun } from '../find-run.ts';
import { listenForInterrupts } from '../interrupts.ts';
import { openKeptStores } from '../kept-stores.ts';
import { openRunLogs } from '../open-run-logs.ts';
import { commandLine } from '../render/command-line.ts';
import { wantsJson } from '../render/open-outputs.ts';

const YEAR_MS = 365 * 24 * 60 * 60_000; // the key is gone when the program ends, and the link with it
const DRAIN_TIMEOUT_MS = 60_000;

/** What shows a page here: `BROWSER`, else what the desktop has for it; `undefined` where there is no desktop. */
function browser({ environment }: CommandContext): string | undefined {
  if (environment['BROWSER']) return environment['BROWSER'];
  if (process.platform === 'darwin') return 'open';
  return environment['DISPLAY'] || environment['WAYLAND_DISPLAY'] ? 'xdg-open' : undefined;
}

/** Starts a browser of its own; whether there is one does not matter to what is served. */
function show(context: CommandContext, url: string): void {
  const program = browser(context);
  if (program === undefined) return;
  const child = spawn(program, [url], { stdio: 'ignore', detached: true });
  child.once('error', () =>
    context.stderr.write(`No browser could be started: open the address yourself.\n`),
  );
  child.unref();
}

/** `slipway artifacts open`: until Ctrl-C. */
export async function artifactsOpen(context: CommandContext): Promise<number> {
  const { flags, positionals, stdout, stderr } = context;
  const stopAtOnce = new AbortController();
  using interrupts = listenForInterrupts({
    onFirst: () => undefined,
    onSecond: () => stopAtOnce.abort(),
  });
  await using kept = await openKeptStores(context);
  const { runId } = await findRun(kept.runs, positionals[0]);
  const keys: LinkKeys = [randomBytes(32)];
  const metrics = createServerMetrics();
  const server = await startServer({
    host: '127.0.0.1',
    port: 0,
    metrics,
    logger: createServerLogger({ stream: { write: () => true }, format: 'text', debug: false }),
    drainTimeoutMs: DRAIN_TIMEOUT_MS,
    routes: [
      runRoutes({
        stores: kept.all,
        cache: createContentCache(),
        access: { open: false, keys, tokens: [] },
        meter: metrics.downloads,
        now: Date.now,
        runLogs: {
          logs: await openRunLogs(context, kept),
          stopping: interrupts.signal,
          shares: createStreamShares({ trustProxy: false }),
        },
      }),
    ],
  });
  const url = `${server.url}${signRunLink({ runId, expiresAt: Date.now() + YEAR_MS, keys })}`;
  stdout.write(wantsJson(context) ? commandLine('page-opened', { runId, url }) : `${url}\n`);
  if (!wantsJson(context)) stderr.write('Ctrl-C ends it.\n');
  if (flags.on('browser')) show(context, url);
  if (!interrupts.signal.aborted) await once(interrupts.signal, 'abort');
  await server.close(stopAtOnce.signal);
  return EXIT.passed;
}
