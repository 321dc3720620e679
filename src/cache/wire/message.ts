/** A ref that a push wants to move: from a commit (64 zeros: from none) to another. */
export interface RefUpdate {
  readonly ref: string;
  readonly from: string;
  readonly to: string;
}

/**
 * One message of a push. The first five are those of the original; `offer` and `want` are spoken only where both sides
 * said `slipway` in their `info`. See `docs/contracts/artifact-cache.md`.
 */
export type Message =
  | {
      readonly type: 'info';
      /** 1: archive-z2. */
      readonly mode: number;
      /** Ref to commit. */
      readonly refs: ReadonlyMap<string, string>;
      readonly pullUrl?: string;
      /** The version of Slipway's extension that the sender speaks. Absent: it is not Slipway. */
      readonly slipway?: number;
    }
  | { readonly type: 'update'; readonly updates: readonly RefUpdate[] }
  | { readonly type: 'putobjects' }
  | { readonly type: 'status'; readonly result: boolean; readonly message: string }
  | { readonly type: 'done' }
  /** Objects that a push could send, as `encodeEntries` has them; an empty one ends the list. */
  | { readonly type: 'offer'; readonly entries: Uint8Array }
  /** One bit for each object offered so far, the lowest first: whether it is wanted; an empty one ends the list. */
  | { readonly type: 'want'; readonly bits: Uint8Array };

/** The numbers that messages have in their headers. */
export const MESSAGE_NUMBER = {
  info: 0,
  update: 1,
  putobjects: 2,
  status: 3,
  done: 4,
  offer: 16,
  want: 17,
} as const satisfies Record<Message['type'], number>;

/** The version of the extension that this Slipway speaks. */
export const EXTENSION_VERSION = 1;
