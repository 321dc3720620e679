import { loadSession, newVersion } from '../api/session.ts';

const AGAIN_MS = 300;

/**
 * Loads a part of the program that is a file of its own, and once more where it does not come, as the network may have changed.
 * A server that is another version by now no longer has the files that this page knows: then the whole page is loaded, and
 * nobody has to do anything. Throws what the browser says.
 */
export async function loadPart<T>(load: () => Promise<T>): Promise<T> {
  return await load().catch(() => loadAgain(load));
}

async function loadAgain<T>(load: () => Promise<T>): Promise<T> {
  await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
  try {
    return await load();
  } catch (error) {
    await loadSession();
    if (newVersion.value !== undefined) window.location.reload();
    throw error;
  }
}
