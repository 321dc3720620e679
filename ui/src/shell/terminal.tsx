import { useEffect, useRef } from 'preact/hooks';
import { asRefusal } from '../api/refusal.ts';
import { terminalFont, terminalTheme } from './colours.ts';
import { connectShell, type ShellConnection, type ShellEnd } from './connect-shell.ts';

export interface ShellTerminalProps {
  readonly socketUrl: string;
  readonly onOpen: () => void;
  readonly onEnd: (end: ShellEnd) => void;
}

/** A terminal on the screen with a shell behind it, as long as the component is there. */
export function ShellTerminal(props: ShellTerminalProps) {
  const place = useRef<HTMLDivElement>(null);
  const latest = useRef(props);
  latest.current = props;
  useEffect(() => {
    const gone = new AbortController();
    open(place.current, latest, gone.signal).catch((error: unknown) => {
      if (!gone.signal.aborted) latest.current.onEnd({ type: 'error', message: asRefusal(error).message });
    });
    return () => gone.abort();
  }, [props.socketUrl]);
  return <div class="shell-terminal" ref={place} data-own-keys />;
}

/** Lines that can be scrolled back to. */
const SCROLLBACK = 10_000;

async function open(
  place: HTMLElement | null,
  latest: { readonly current: ShellTerminalProps },
  signal: AbortSignal,
): Promise<void> {
  const [{ Terminal }, { FitAddon }] = await Promise.all([
    import('@xterm/xterm'),
    import('@xterm/addon-fit'),
    import('@xterm/xterm/css/xterm.css'),
  ]);
  if (place === null || signal.aborted) return;
  const terminal = new Terminal({
    cursorBlink: !matchMedia('(prefers-reduced-motion: reduce)').matches,
    fontFamily: terminalFont(),
    fontSize: 14,
    scrollback: SCROLLBACK,
    theme: terminalTheme(),
    minimumContrastRatio: 4.5,
    screenReaderMode: true,
  });
  const fit = new FitAddon();
  terminal.loadAddon(fit);
  terminal.open(place);
  fit.fit();
  terminal.focus();
  const connection = connectShell({
    socketUrl: latest.current.socketUrl,
    onOpen() {
      connection.resize({ rows: terminal.rows, columns: terminal.cols });
      latest.current.onOpen();
    },
    onOutput: (bytes, taken) => terminal.write(bytes, taken),
    onEnd(end) {
      terminal.options.disableStdin = true;
      terminal.options.cursorBlink = false;
      latest.current.onEnd(end);
    },
  });
  follow(terminal, connection);
  const watching = new ResizeObserver(() => fit.fit());
  watching.observe(place);
  signal.addEventListener('abort', () => {
    watching.disconnect();
    connection.close();
    terminal.dispose();
  });
}

type Terminal = import('@xterm/xterm').Terminal;

/** What is typed and how large it is goes to the shell. */
function follow(terminal: Terminal, connection: ShellConnection): void {
  terminal.onData((text) => connection.type(text));
  terminal.onBinary((binary) => connection.typeBytes(binary));
  terminal.onResize(({ rows, cols }) => connection.resize({ rows, columns: cols }));
}
