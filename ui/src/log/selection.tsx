import { useState } from 'preact/hooks';
import { countText } from '../parts/format.ts';
import { go, here } from '../router/location.ts';
import { copyText } from './copy-text.ts';
import { type LineRange, lineHash } from './line-hash.ts';
import type { OpenLog } from './log-client.ts';

interface SelectionProps {
  readonly range: LineRange;
  readonly log: OpenLog;
  /** That the log has. */
  readonly lines: number;
}

/** What can be done with the lines that the address names. */
export function Selection({ range, log, lines }: SelectionProps) {
  const [said, setSaid] = useState('');
  const { first, last } = range;
  const name = first === last ? `Line ${countText(first)}` : `Lines ${countText(first)}–${countText(last)}`;
  if (first > lines) {
    return (
      <p class="log-selection">
        {name}: the log has {countText(lines)} lines so far.
      </p>
    );
  }
  const copy = async (what: string, text: () => Promise<string>): Promise<void> => {
    try {
      await copyText(await text());
      setSaid(`${what} copied`);
    } catch {
      setSaid(`${what} could not be copied: the browser does not let this page`);
    }
  };
  const clear = (): void => go(`${here.value.path}${here.value.search}`, { replace: true });
  return (
    <div class="log-selection">
      <strong>{name}</strong>
      <button
        type="button"
        class="log-tool"
        onClick={() => void copy('Text', async () => (await log.text(first - 1, last)).text)}
      >
        Copy text
      </button>
      <button
        type="button"
        class="log-tool"
        onClick={() => void copy('Link', async () => new URL(lineHash(range), location.href).href)}
      >
        Copy link
      </button>
      <button type="button" class="log-tool" onClick={clear}>
        Clear
      </button>
      <span role="status">{said}</span>
    </div>
  );
}
