/** Values by key, of which those that were used longest ago go first once they are too many, or too large together. */
export class Recent<Value> {
  readonly #maxEntries: number;
  readonly #maxCharacters: number;
  // A Map keeps the order in which keys came.
  readonly #values = new Map<string, Value>();
  #characters = 0;

  constructor(bounds: { readonly maxEntries: number; readonly maxCharacters: number }) {
    this.#maxEntries = bounds.maxEntries;
    this.#maxCharacters = bounds.maxCharacters;
  }

  get(key: string): Value | undefined {
    const value = this.#values.get(key);
    if (value === undefined) return undefined;
    this.#values.delete(key);
    this.#values.set(key, value);
    return value;
  }

  /** A value is taken to be about as large as its key. */
  set(key: string, value: Value): void {
    this.delete(key);
    this.#values.set(key, value);
    this.#characters += key.length;
    for (const oldest of this.#values.keys()) {
      if (this.#values.size <= this.#maxEntries && this.#characters <= this.#maxCharacters) return;
      this.delete(oldest);
    }
  }

  delete(key: string): void {
    if (this.#values.delete(key)) this.#characters -= key.length;
  }
}
