/** How a run hands over what is to go. */
export interface TaskGarbage {
  /**
   * Removes a container with its anonymous volumes; resolves when it is gone (caches that it used are free then), or was
   * given up for now: it is tried again in later sweeps. Does not reject.
   */
  removeContainer(id: string): Promise<void>;
  /**
   * The image is in use now. One that a worker has `fetched` stays for a while after its last use; one that was there
   * before any worker came is never removed. Name or id, as the engine can be asked to remove it.
   */
  imageUsed(image: string, options?: { readonly fetched: boolean }): void;
}
