import type { RunEvent } from '../../kernel/index.ts';
import type { OutputStream } from './output-stream.ts';

/** On a terminal, a line that counts the seconds of work that says nothing by itself; elsewhere nothing. */
export interface WaitingLine {
  /** Takes every event, after its own lines are printed. */
  see(event: RunEvent): void;
  /** Before anything else is printed. */
  clear(): void;
}

const TICK_MS = 1000;

export function createWaitingLine(stream: OutputStream): WaitingLine {
  let shown = false;
  let working: { readonly name: string; readonly since: number } | undefined;
  let timer: NodeJS.Timeout | undefined;

  function clear(): void {
    if (shown) stream.write('\r\u001b[K');
    shown = false;
  }

  function draw(): void {
    if (working === undefined) return;
    const seconds = Math.floor((Date.now() - working.since) / 1000);
    clear();
    stream.write(`${working.name} … ${seconds}s`.slice(0, Math.max(1, (stream.columns || 80) - 1)));
    shown = true;
  }

  function stop(): void {
    clearInterval(timer);
    timer = undefined;
    working = undefined;
    clear();
  }

  return {
    clear,
    see(event) {
      if (!stream.isTTY) return;
      if (event.type === 'phase-started') {
        stop();
        working = { name: event.phase, since: Date.now() };
        timer = setInterval(draw, TICK_MS).unref();
      } else if (event.type === 'phase-finished' || event.type === 'pull-progress') {
        stop();
      }
    },
  };
}
