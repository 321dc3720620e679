/** How a run hands over what is to go. */
export interface TaskGarbage {
  /**
   * Removes a container with its anonymous volumes; resolves when it is gone (caches that it used are free then), or was
   * given up for now: it is tried again in later sweeps. Does not reject.
   */
  removeContainer(id: string): Promise<void>;
  /** The image is in use now; it stays for a while after its last use. Name or id as the engine knows it. */
  imageUsed(image: string): void;
}
