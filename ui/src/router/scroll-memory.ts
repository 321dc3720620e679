// Where pages were scrolled to, so that "back" leads to the place in a list that somebody left, also where the list comes later
// than the page. The browser's own memory gives up before that.

/** What is kept beside an address in the browser's history. */
interface Kept {
  readonly entry?: string;
}

/** Of the tab: a file that is looked at and left again, and a page that is loaded again, begin with another document. */
const STORED = 'slipway-scroll';
const MOST_STORED = 50;

/** For so long does a page that is shown again wait for what it had. */
const MOST_MS = 3_000;

const places = new Map<string, number>();
let lastEntry = 0;
// Unlike any of a document before this one: entries of the history outlive documents.
const DOCUMENT = Math.random().toString(36).slice(2);
const nextEntry = (): string => `${DOCUMENT} ${++lastEntry}`;

let entry = '';
let stopRestoring = (): void => {};

const kept = (): Kept => (history.state as Kept | null) ?? {}; // nobody else writes into it

/** Gives the entry of the history that is shown a name of its own, and says where it was scrolled to. */
function enter(): number | undefined {
  const state = kept();
  entry = state.entry ?? nextEntry();
  if (state.entry === undefined) history.replaceState({ ...state, entry }, '');
  return places.get(entry);
}

/** Notes where the page that is left was scrolled to. */
export function noteScroll(): void {
  places.delete(entry); // the last that were left are the last of the map
  places.set(entry, window.scrollY);
}

/** The page went on to a new entry of the history. */
export function beginScroll(): void {
  stopRestoring();
  enter();
}

/** Somebody went back or on: scrolls to where they were, once there is so much of the page. */
export function restoreScroll(): void {
  noteScroll();
  enterAgain();
}

function enterAgain(): void {
  stopRestoring();
  const wanted = enter();
  if (wanted !== undefined) scrollWhenThere(wanted);
}

function scrollWhenThere(wanted: number): void {
  const grown = new ResizeObserver(() => {
    window.scrollTo(0, wanted);
    if (Math.abs(window.scrollY - wanted) <= 1) stopRestoring();
  });
  const timer = setTimeout(() => stopRestoring(), MOST_MS);
  // Whoever scrolls meanwhile knows better.
  const byHand = ['wheel', 'touchstart', 'pointerdown', 'keydown'] as const;
  const stop = (): void => stopRestoring();
  for (const name of byHand) addEventListener(name, stop, { passive: true });
  stopRestoring = () => {
    grown.disconnect();
    clearTimeout(timer);
    for (const name of byHand) removeEventListener(name, stop);
    stopRestoring = () => {};
  };
  grown.observe(document.body);
}

/** Takes the memory over from the browser. */
export function rememberScroll(): void {
  history.scrollRestoration = 'manual';
  for (const [name, place] of readStored()) places.set(name, place);
  addEventListener('pagehide', store);
  enterAgain();
}

function store(): void {
  noteScroll();
  try {
    sessionStorage.setItem(STORED, JSON.stringify([...places].slice(-MOST_STORED)));
  } catch {
    // A browser that keeps nothing scrolls to the top.
  }
}

function readStored(): readonly (readonly [string, number])[] {
  try {
    return JSON.parse(sessionStorage.getItem(STORED) ?? '[]'); // this page's own
  } catch {
    return [];
  }
}
