import { useEffect, useState } from 'preact/hooks';
import { type OpenLog, openLog } from './log-client.ts';
import type { LogState } from './protocol.ts';

/** Opens a log while the component is there; another address is another log, and none is none. */
export function useOpenLog(url: string | undefined): OpenLog | undefined {
  const [opened, setOpened] = useState<{ readonly url: string; readonly log: OpenLog }>();
  useEffect(() => {
    if (url === undefined) return;
    const log = openLog(url);
    setOpened({ url, log });
    return () => log[Symbol.dispose]();
  }, [url]);
  return opened?.url === url ? opened?.log : undefined;
}

/** The state of a log, as it changes. */
export function useLogState(log: OpenLog): LogState {
  const [state, setState] = useState(log.state);
  useEffect(() => {
    setState(log.state);
    return log.onState(setState);
  }, [log]);
  return state;
}
