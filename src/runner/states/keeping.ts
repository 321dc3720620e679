/** Makes the image from which a box starts when its states are kept. */
export interface Keeping {
  /** Makes an image of the filled, not yet started box; returns its name. It is the state before the first step. */
  keepStart(container: string): Promise<string>;
}
