import { useRef, useState } from 'preact/hooks';
import { countText } from '../parts/format.ts';
import { Icon } from '../parts/icon.tsx';
import { type LineRange, readLineRange } from './line-hash.ts';
import type { Found } from './protocol.ts';
import type { LogFinding } from './use-search.ts';

interface LogToolsProps {
  readonly finding: LogFinding;
  readonly isWrapped: boolean;
  readonly setWrapped: (isWrapped: boolean) => void;
  readonly onGoTo: (range: LineRange) => void;
  /** Of the log as it came. */
  readonly rawUrl: string;
  readonly fileName: string;
}

/** What can be done with a log: search it, go to a line, wrap it, take it away. */
export function LogTools({ finding, isWrapped, setWrapped, onGoTo, rawUrl, fileName }: LogToolsProps) {
  return (
    <div class="log-tools" role="toolbar" aria-label="Log">
      <SearchField finding={finding} />
      <LineField onGoTo={onGoTo} />
      <div class="log-tool-group">
        <button
          type="button"
          class="log-tool"
          aria-pressed={isWrapped}
          title="Wrap long lines (w)"
          onClick={() => setWrapped(!isWrapped)}
        >
          Wrap
        </button>
        <a
          class="log-tool"
          href={rawUrl}
          target="_blank"
          rel="noreferrer"
          title="The log as it came, in a tab of its own"
        >
          Raw
        </a>
        <a
          class="log-tool"
          href={rawUrl}
          download={fileName}
          aria-label="Download the log"
          title="Download the log"
        >
          <Icon name="download" />
        </a>
      </div>
    </div>
  );
}

function SearchField({ finding }: { readonly finding: LogFinding }) {
  const { query, setQuery, found, current, step } = finding;
  const input = useRef<HTMLInputElement>(null);
  const onKey = (event: KeyboardEvent): void => {
    if (event.key === 'Enter') step(event.shiftKey ? -1 : 1);
    else if (event.key === 'Escape' && query.text !== '') setQuery({ text: '' });
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const problem = found?.problem;
  return (
    <search class={problem === undefined ? 'log-search' : 'log-search is-wrong'}>
      <Icon name="search" />
      <input
        ref={input}
        class="log-input log-search-input"
        type="search"
        placeholder="Search"
        aria-label="Search the log"
        aria-invalid={problem !== undefined}
        value={query.text}
        spellcheck={false}
        autocomplete="off"
        onInput={(event) => setQuery({ text: event.currentTarget.value })}
        onKeyDown={onKey}
      />
      <output class="log-count">{found && countOf(found, current)}</output>
      <Toggle
        label="Match case"
        text="Aa"
        isOn={query.isCaseSensitive}
        set={(isCaseSensitive) => setQuery({ isCaseSensitive })}
      />
      <Toggle
        label="Regular expression"
        text=".*"
        isOn={query.isRegExp}
        set={(isRegExp) => setQuery({ isRegExp })}
      />
      <button
        type="button"
        class="log-tool log-up"
        aria-label="Previous match"
        disabled={!found?.count}
        onClick={() => step(-1)}
      >
        <Icon name="arrow" />
      </button>
      <button
        type="button"
        class="log-tool log-down"
        aria-label="Next match"
        disabled={!found?.count}
        onClick={() => step(1)}
      >
        <Icon name="arrow" />
      </button>
    </search>
  );
}

function countOf({ count, matches, isDone, problem }: Found, current: number | undefined): string {
  if (problem !== undefined) return problem;
  if (count === 0) return isDone ? 'none' : 'searching…';
  const total = `${countText(count)}${isDone ? '' : '…'}`;
  if (current === undefined)
    return count > matches.length / 3 ? `${total}, first ${countText(matches.length / 3)} marked` : total;
  return `${countText(current + 1)} of ${total}`;
}

interface ToggleProps {
  readonly label: string;
  readonly text: string;
  readonly isOn: boolean;
  readonly set: (isOn: boolean) => void;
}

const Toggle = ({ label, text, isOn, set }: ToggleProps) => (
  <button
    type="button"
    class="log-tool"
    aria-label={label}
    title={label}
    aria-pressed={isOn}
    onClick={() => set(!isOn)}
  >
    {text}
  </button>
);

function LineField({ onGoTo }: Pick<LogToolsProps, 'onGoTo'>) {
  const [text, setText] = useState('');
  const range = readLineRange(text);
  const isWrong = text.trim() !== '' && range === undefined;
  return (
    <form
      class="log-line-field"
      onSubmit={(event) => {
        event.preventDefault();
        if (range !== undefined) onGoTo(range);
      }}
    >
      <input
        class="log-input"
        inputMode="text"
        placeholder="Line"
        aria-label="Go to a line, or to lines: 120-140"
        title="Go to a line, or to lines: 120-140"
        aria-invalid={isWrong}
        value={text}
        autocomplete="off"
        onInput={(event) => setText(event.currentTarget.value)}
      />
    </form>
  );
}
