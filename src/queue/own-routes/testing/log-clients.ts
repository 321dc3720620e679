import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';

/** A log that is being sent: one request that goes on. */
export interface Sending {
  write(text: string | Uint8Array): void;
  /** Ends the request, and gives its answer. */
  end(): Promise<{ readonly status: number; readonly json: Readonly<Record<string, unknown>> }>;
  /** The answer, which comes before the end where the log is refused. */
  readonly answer: Promise<{ readonly status: number; readonly json: Readonly<Record<string, unknown>> }>;
  /** Resolves when the connection is gone. */
  readonly cut: Promise<void>;
  readonly request: ClientRequest;
}

export function sendLog(url: string, headers: Readonly<Record<string, string>> = {}): Sending {
  const sent = request(url, { method: 'PUT', agent: false, headers });
  sent.on('error', () => undefined); // told by `cut`
  sent.flushHeaders();
  const answer = answerOf(sent);
  answer.catch(() => {}); // told to those who wait for it
  return {
    write: (text) => void sent.write(text),
    end() {
      sent.end();
      return answer;
    },
    answer,
    cut: new Promise((resolve) => sent.once('close', () => resolve())),
    request: sent,
  };
}

async function answerOf(sent: ClientRequest) {
  const [response]: IncomingMessage[] = await once(sent, 'response');
  let text = '';
  for await (const chunk of response ?? []) text += chunk;
  return { status: response?.statusCode ?? 0, json: JSON.parse(text) };
}

/** A reader of a log that goes on. */
export interface Reading {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Resolves when there is that much text. */
  has(text: string): Promise<void>;
  /** Resolves when it has ended, rejects when it was cut. */
  readonly done: Promise<void>;
  leave(): void;
}

export async function readLog(url: string, init: RequestInit = {}): Promise<Reading> {
  const controller = new AbortController();
  const response = await fetch(url, { redirect: 'manual', ...init, signal: controller.signal });
  const decoder = new TextDecoder();
  let text = '';
  let changed = Promise.withResolvers<void>();
  const done = (async () => {
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk, { stream: true });
      changed.resolve();
      changed = Promise.withResolvers();
    }
  })();
  done.catch(() => {}); // told to those who wait for it
  return {
    status: response.status,
    headers: response.headers,
    get text() {
      return text;
    },
    async has(wanted) {
      while (text !== wanted) {
        const next = changed.promise;
        const ended = await Promise.race([next.then(() => false), done.then(() => true)]);
        if (ended && text !== wanted) throw new Error(`the log ended with ${JSON.stringify(text)}`);
      }
    },
    done,
    leave: () => controller.abort(),
  };
}
