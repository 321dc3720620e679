import { loadSession, newVersion, session } from '../api/session.ts';

const SETTLES_MS = 300; // a container that comes or goes changes the machine's network more than once
const RELOADS = 'slipway-reloads';
const MOST_RELOADS = 3;
const WITHIN_MS = 60_000;

let isLeaving = false;

/**
 * Loads a part of the program that is a file of its own, with its style. Where it does not come the page is loaded anew, as
 * browsers do not ask again for a script that failed once: the network may have changed meanwhile, or the server is another
 * version by now and no longer has the files that this page knows. Nobody has to do anything then. Throws what the browser says
 * where the server does not answer either, or the page was loaded anew a few times just now.
 */
export async function loadPart<T>(load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    await new Promise((resolve) => setTimeout(resolve, SETTLES_MS));
    await loadSession();
    const isThere = session.value.refusal === undefined;
    if (!isLeaving && !(isThere && (newVersion.value !== undefined || mayReload()))) throw error;
    if (!isLeaving) window.location.reload();
    isLeaving = true;
    return await new Promise(() => {}); // what is shown stays until the page goes
  }
}

/** Whether one more time is not one too many; counts it. */
function mayReload(): boolean {
  try {
    const stored = sessionStorage.getItem(RELOADS)?.split(' ').map(Number) ?? [];
    const recent = stored.filter((at) => at > Date.now() - WITHIN_MS);
    if (recent.length >= MOST_RELOADS) return false;
    sessionStorage.setItem(RELOADS, [...recent, Date.now()].join(' '));
    return true;
  } catch {
    return false; // no place to count in: the page says that it was not loaded
  }
}
