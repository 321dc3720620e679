import type { Engine } from '../engine.ts';
import type { EngineErrorCode } from '../error.ts';

/** The engine's methods by name. */
export type EngineMethod = Exclude<keyof Engine, symbol>;

/** One call that was made, whatever became of it. */
export type EngineCall = {
  [M in EngineMethod]: { readonly method: M; readonly arguments: Readonly<Parameters<Engine[M]>> };
}[EngineMethod];

/** What may go wrong with any call. */
export type CallFault =
  /** It is refused. */
  | { readonly kind: 'error'; readonly code: EngineErrorCode; readonly message?: string }
  /** Nothing happens until its signal aborts, the engine dies or is disposed. */
  | { readonly kind: 'stall' }
  /** It is done, but the answer never comes: `UNREACHABLE`. */
  | { readonly kind: 'lost' };

/** The connection breaks off after some bytes: `UNREACHABLE`. */
export interface ResetFault {
  readonly kind: 'reset';
  readonly afterBytes: number;
}

/** The stream ends after some bytes as if that were all. */
export interface TruncateFault {
  readonly kind: 'truncate';
  readonly afterBytes: number;
}

/** It begins and tells of its progress, and then it is refused; nothing of it stays. */
export interface MidwayFault {
  readonly kind: 'midway';
  readonly code: EngineErrorCode;
  readonly message?: string;
}

/** What may go wrong with a call of a method. */
export type FaultOf<M extends EngineMethod> = M extends 'attachContainer' | 'copyOut' | 'saveImage'
  ? CallFault | ResetFault | TruncateFault
  : M extends 'copyIn' | 'loadImage' | 'buildImage'
    ? CallFault | ResetFault
    : M extends 'pushImage' | 'pullImage'
      ? CallFault | MidwayFault
      : CallFault;

/** Makes an engine fail on purpose. */
export interface Faults {
  /**
   * The next call of a method goes wrong; told several times, the calls after it do too, in order. `struck` resolves
   * when it happens (for streams: when the call is made).
   */
  next<M extends EngineMethod>(method: M, fault: FaultOf<M>): { readonly struck: Promise<void> };
  /** The engine goes away: all calls and streams, also those under way, fail with `UNREACHABLE`. */
  die(): void;
  /** It is back, with its containers as they were. */
  revive(): void;
}
