// A look at another tab and back keeps the connection.
const HIDDEN_MS = 5_000;

/**
 * Calls `rest` when nobody has looked at the page for a while, and `wake` when somebody does again, until the function that it
 * gives is called: a browser has six connections to a server, for all its tabs together.
 */
export function whileHidden(rest: () => void, wake: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isResting = false;
  const look = (): void => {
    clearTimeout(timer);
    if (document.visibilityState === 'hidden') {
      timer = setTimeout(() => {
        isResting = true;
        rest();
      }, HIDDEN_MS);
    } else if (isResting) {
      isResting = false;
      wake();
    }
  };
  document.addEventListener('visibilitychange', look);
  look();
  return () => {
    clearTimeout(timer);
    document.removeEventListener('visibilitychange', look);
  };
}
