import { useRef, useState } from 'preact/hooks';

interface CommandLineProps {
  /** What is copied, as it is shown. */
  readonly text: string;
  /** What it does, for the button of those who do not see it: `Copy the command that pulls this ref`. */
  readonly label: string;
}

const SAYS = { ready: 'Copy', done: 'Copied', marked: 'Press Ctrl+C' } as const;

/** A command for a shell, with a button that copies it. Browsers let pages copy under TLS and on this machine alone: elsewhere it is marked. */
export function CommandLine({ text, label }: CommandLineProps) {
  const shown = useRef<HTMLElement>(null);
  const [state, setState] = useState<keyof typeof SAYS>('ready');
  const mark = (): void => {
    if (shown.current !== null) getSelection()?.selectAllChildren(shown.current);
    setState('marked');
  };
  const copy = (): void => {
    const { clipboard } = navigator as Partial<Navigator>; // absent where the page may not copy
    if (clipboard === undefined) mark();
    else clipboard.writeText(text).then(() => setState('done'), mark);
  };
  return (
    <div class="command-line">
      <code ref={shown}>{text}</code>
      <button type="button" class="button" aria-label={label} onClick={copy} onBlur={() => setState('ready')}>
        <span role="status">{SAYS[state]}</span>
      </button>
    </div>
  );
}
