import { signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';

/** What a key does on a page. */
export interface KeyBinding {
  /** As `KeyboardEvent.key` has it: `j`, `Enter`, `/`, `?`; two with a space are pressed one after the other: `g r`. */
  readonly keys: string;
  /** For the list of keys: `Next row`. */
  readonly says: string;
  /** Gives `false` where it has nothing to do here, so that the browser goes on with it. */
  readonly run: () => unknown;
}

/** What keys do now, the page's own last. */
export const bindings = signal<readonly (readonly KeyBinding[])[]>([]);

/** How long the second key of two may take. */
const SECOND_KEY_MS = 1_500;

/** Lets keys do something while the component is there. What they say and where they lead may change with each drawing. */
export function useKeys(wanted: readonly KeyBinding[]): void {
  const latest = useRef(wanted);
  latest.current = wanted;
  const names = wanted.map(({ keys, says }) => `${keys} ${says}`).join('\n');
  useEffect(() => {
    const own = latest.current.map((binding, i) => ({
      ...binding,
      run: () => latest.current[i]?.run(),
    }));
    bindings.value = [...bindings.value, own];
    return () => {
      bindings.value = bindings.value.filter((others) => others !== own);
    };
  }, [names]);
}

/** What is typed into is no place for single keys. */
function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || target.closest('input, textarea, select, [data-own-keys]') !== null;
}

interface Pressed {
  readonly key: string;
  readonly at: number;
}

/** Finds what keys mean: the newest binding of two keys that were pressed one after the other, else of the one. */
export function bindingOf(
  all: readonly (readonly KeyBinding[])[],
  before: Pressed | undefined,
  now: Pressed,
): KeyBinding | undefined {
  const flat = all.flat();
  const isSoon = before !== undefined && now.at - before.at < SECOND_KEY_MS;
  const both = isSoon ? flat.findLast(({ keys }) => keys === `${before.key} ${now.key}`) : undefined;
  return both ?? flat.findLast(({ keys }) => keys === now.key);
}

/** Listens to the keyboard until the function that it gives is called. */
export function listenToKeys(): () => void {
  let before: Pressed | undefined;
  const onKey = (event: KeyboardEvent): void => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target))
      return;
    if (document.querySelector('dialog[open]') !== null) return;
    // Enter and space are those of the button or link that has the focus.
    const isOnControl =
      event.target instanceof Element && event.target.closest('a, button, summary') !== null;
    if (isOnControl && (event.key === 'Enter' || event.key === ' ')) return;
    const now = { key: event.key, at: event.timeStamp };
    const found = bindingOf(bindings.value, before, now);
    before = now;
    if (found !== undefined && found.run() !== false) event.preventDefault();
  };
  document.addEventListener('keydown', onKey);
  return () => document.removeEventListener('keydown', onKey);
}
