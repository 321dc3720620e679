import { go } from '../router/location.ts';
import { type KeyBinding, useKeys } from './keys.ts';

const rows = (): HTMLElement[] => [...document.querySelectorAll<HTMLElement>('[data-address]')];

function step(by: 1 | -1): boolean {
  const all = rows();
  const at = all.findIndex((row) => row.contains(document.activeElement));
  const next = at === -1 ? all[0] : all[Math.min(all.length - 1, Math.max(0, at + by))];
  next?.focus();
  next?.scrollIntoView({ block: 'nearest' });
  return next !== undefined;
}

function open(): boolean {
  const address = rows().find((row) => row === document.activeElement)?.dataset['address'];
  if (address !== undefined) go(address);
  return address !== undefined;
}

const BINDINGS: readonly KeyBinding[] = [
  { keys: 'j', says: 'Next row', run: () => step(1) },
  { keys: 'k', says: 'Row before', run: () => step(-1) },
  { keys: 'Enter', says: 'Open the row', run: open },
];

/** Lets j, k and Enter go through the rows of the tables of a page that have an address. */
export const useRowKeys = (): void => useKeys(BINDINGS);
