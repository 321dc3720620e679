import { fail, ok, type Result, type RunEvent } from '../kernel/index.ts';
import { createOutbox } from './outbox.ts';
import { createRunReport, type RunReport } from './run-report.ts';
import { post } from './send.ts';

export interface ReporterOptions {
  /** What `reportAddress` made of the host. */
  readonly address: URL;
  readonly token: string;
  /** Told once, in a sentence, that something did not arrive; the run goes on. */
  readonly onTrouble: (text: string) => void;
  /** How long one message may take. @defaultValue 10000 */
  readonly messageTimeoutMs?: number;
  /** How often output is sent that is too little for a chunk. @defaultValue 3000 */
  readonly flushEveryMs?: number;
  /** How many bytes of output may wait for a slow server. @defaultValue 8 MiB */
  readonly limitBytes?: number;
}

/** Tells a server of runs while they go on. It never fails a run and never holds one up. */
export interface Reporter {
  /** Takes the events of any number of runs. */
  see(event: RunEvent): void;
  /** Sends what is left, for so long at most; the rest is dropped. */
  close(limitMs: number): Promise<void>;
}

const MESSAGE_TIMEOUT_MS = 10_000;
const FLUSH_EVERY_MS = 3000;
const LIMIT_BYTES = 8 * 1024 * 1024; // a minute's worth of a noisy build

/** `host`, `host/path` or a URL, as `--wercker-host` takes it, without its last slash; `http` where it has no scheme. */
export function reportAddress(host: string): Result<URL, string> {
  const url = URL.parse(/^https?:\/\//i.test(host) ? host : `http://${host}`);
  if (url === null || url.hostname === '' || url.search !== '' || url.hash !== '') {
    return fail('expected host[:port] or an http or https address without "?"');
  }
  url.pathname = url.pathname.replace(/\/$/, '');
  return ok(url);
}

function messageUrl({ address, token }: ReporterOptions, event: string): URL {
  const url = new URL(address);
  url.pathname = `${url.pathname.replace(/\/$/, '')}/${event}`;
  url.searchParams.set('wercker_token', token);
  return url;
}

/** Starts to report; nothing is sent before the first event. */
export function createReporter(options: ReporterOptions): Reporter {
  const runs = new Map<string, RunReport>();
  const timeoutMs = options.messageTimeoutMs ?? MESSAGE_TIMEOUT_MS;
  const outbox = createOutbox({
    deliver: ({ event, body }, signal) =>
      post({ url: messageUrl(options, event), body: JSON.stringify(body), timeoutMs, signal }),
    onFailure: (reason) =>
      options.onTrouble(`The run is not fully reported to ${options.address.host}: ${reason}`),
    limitBytes: options.limitBytes ?? LIMIT_BYTES,
  });
  const flush = (): void => {
    for (const run of runs.values()) run.flush();
  };
  const timer = setInterval(flush, options.flushEveryMs ?? FLUSH_EVERY_MS).unref();
  return {
    see(event) {
      // A service that is built for a run is a part of that run's set-up; servers know nothing of it.
      if (event.type === 'run-started' && event.partOf === undefined) {
        runs.set(event.runId, createRunReport(event.runId, outbox.put));
      }
      runs.get(event.runId)?.see(event);
    },
    async close(limitMs) {
      clearInterval(timer);
      flush();
      await outbox.close(limitMs);
    },
  };
}
