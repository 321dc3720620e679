import type { PullProgressed } from '../../kernel/index.ts';
import type { OutputStream } from './output-stream.ts';

/** The progress of a pull or push: one line that is written over on a terminal, finished layers as lines elsewhere. */
export interface PullLine {
  show(event: PullProgressed): undefined;
  clear(): void;
}

const REDRAW_MS = 100;
const DONE = /^(Pull complete|Already exists|Pushed|Layer already exists|Mounted from|Status|Digest)/;

function part({ layer, status, currentBytes, totalBytes }: PullProgressed): string {
  const percent =
    totalBytes && !DONE.test(status) ? ` (${Math.floor(((currentBytes ?? 0) / totalBytes) * 100)}%)` : '';
  return layer === undefined ? status : `${status}: ${layer}${percent}`;
}

/** `plain` takes out of a line what whoever reads the stream could take for a command. */
export function createPullLine(stream: OutputStream, plain: (line: string) => string): PullLine {
  const running = new Map<string, PullProgressed>();
  let shown = false;
  let last = 0;
  const clear = (): void => {
    if (shown) stream.write('\r\u001b[K');
    shown = false;
  };
  return {
    clear,
    show(event) {
      const key = event.layer ?? '';
      if (DONE.test(event.status) || event.layer === undefined) {
        running.delete(key);
        clear();
        stream.write(`${plain(part(event))}\n`);
        return undefined;
      }
      running.set(key, event);
      if (!stream.isTTY || Date.now() - last < REDRAW_MS) return undefined;
      last = Date.now();
      clear();
      stream.write(
        [...running.values()]
          .map(part)
          .join(', ')
          .slice(0, (stream.columns || 80) - 1),
      );
      shown = true;
      return undefined;
    },
  };
}
