/** The person's Ctrl-C, which otherwise stops the run. */
export interface Interrupts {
  /**
   * Until the result is disposed, the next one goes to `onInterrupt` instead, once. Whoever asked last gets it first.
   */
  divert(onInterrupt: () => void): Disposable;
}
