import { type StateUpdater, useEffect, useRef, useState } from 'preact/hooks';
import { asksForSignIn, session } from '../api/session.ts';
import { here } from './location.ts';

interface Unfinished {
  readonly address: string;
  readonly clientId: string | undefined;
  readonly value: unknown;
}

// Of one form, while the page is there: what is typed may be secret, and is written nowhere.
let unfinished: Unfinished | undefined;

/**
 * A state as `useState` has it, of a form that fills a page. Whose session ends while they write has it again when they come back
 * to the address signed in, as `again` makes it; anybody else has not.
 */
export function useUnfinished<T>(
  begin: () => T,
  again: (left: T) => T = (left) => left,
): [T, (next: StateUpdater<T>) => void] {
  const whose = useRef(whoAndWhere()).current;
  const [value, setValue] = useState(() => {
    const left = takeUnfinished<T>(whose);
    return left === undefined ? begin() : again(left);
  });
  const latest = useRef(value);
  latest.current = value;
  useEffect(
    () => () => {
      if (asksForSignIn.peek()) unfinished = { ...whose, value: latest.current };
    },
    [],
  );
  return [value, setValue];
}

type Whose = Omit<Unfinished, 'value'>;

function whoAndWhere(): Whose {
  const { path, search } = here.peek();
  return { address: `${path}${search}`, clientId: session.peek().value?.clientId };
}

function takeUnfinished<T>({ address, clientId }: Whose): T | undefined {
  const kept = unfinished;
  unfinished = undefined;
  if (kept?.address !== address || kept.clientId !== clientId) return undefined;
  return kept.value as T; // one form is at an address
}
