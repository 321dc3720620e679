import { useEffect, useRef, useState } from 'preact/hooks';
import { type OpenLog, openLog, startThread } from './log-client.ts';
import type { LogState } from './protocol.ts';

/** Opens a log while the component is there; another address is another log, and none is none. */
export function useOpenLog(url: string | undefined): OpenLog | undefined {
  const [opened, setOpened] = useState<{ readonly url: string; readonly log: OpenLog }>();
  const spare = useSpareThread();
  useEffect(() => {
    if (url === undefined) return;
    const log = openLog(url, spare.take);
    setOpened({ url, log });
    return () => log[Symbol.dispose]();
  }, [url]);
  return opened?.url === url ? opened?.log : undefined;
}

/** A thread that is started before it is known what it is for: its program comes while the page asks which log that is. */
function useSpareThread(): { readonly take: () => Worker } {
  const kept = useRef<Worker | undefined>(undefined);
  const isFirst = useRef(true);
  if (isFirst.current) {
    isFirst.current = false;
    kept.current = startThread();
  }
  useEffect(() => () => kept.current?.terminate(), []);
  return {
    take() {
      const thread = kept.current ?? startThread();
      kept.current = undefined;
      return thread;
    },
  };
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
