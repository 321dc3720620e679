import { useEffect, useRef } from 'preact/hooks';
import { go } from './location.ts';

/**
 * `go` for what comes behind an answer of the server: whoever has left the page meanwhile stays where they are.
 */
export function useGoOn(): typeof go {
  const isThere = useRef(true);
  useEffect(
    () => () => {
      isThere.current = false;
    },
    [],
  );
  return (...to) => {
    if (isThere.current) go(...to);
  };
}
