const LINE_MS = 1000;

/** Lets a line of progress through about once a second, and not at once: short work has none. */
export function nowAndThen<T>(say: (progress: T) => void): (progress: T) => void {
  let saidAt = performance.now();
  return (progress) => {
    const now = performance.now();
    if (now - saidAt < LINE_MS) return;
    saidAt = now;
    say(progress);
  };
}
