import { EngineError } from '../error.ts';
import type {
  CallFault,
  EngineCall,
  EngineMethod,
  FaultOf,
  Faults,
  MidwayFault,
  ResetFault,
  TruncateFault,
} from './fault.ts';
import { abortStop, type Stop, throwIfStopped, unlessStopped } from './stops.ts';

type AnyFault = CallFault | MidwayFault | ResetFault | TruncateFault;

/** A fault of a stream: the call itself goes well. */
export type StreamFault = ResetFault | TruncateFault;

interface Planned {
  readonly fault: AnyFault;
  readonly strike: () => void;
}

export const unreachable = (): EngineError =>
  new EngineError('UNREACHABLE', 'no container engine at fake: the connection broke off');

/** Every call of a fake engine goes through here: it is recorded, and goes wrong where that is planned. */
export class FaultPlan implements Faults {
  readonly calls: EngineCall[] = [];
  readonly #planned = new Map<EngineMethod, Planned[]>();
  readonly #closing = new AbortController();
  #dying = new AbortController();

  next<M extends EngineMethod>(method: M, fault: FaultOf<M>): { readonly struck: Promise<void> } {
    const { promise: struck, resolve: strike } = Promise.withResolvers<void>();
    this.#planned.set(method, [...(this.#planned.get(method) ?? []), { fault, strike }]);
    return { struck };
  }

  die(): void {
    this.#dying.abort();
  }

  revive(): void {
    this.#dying = new AbortController();
  }

  /** All calls and streams fail with `CLOSED` from now on. */
  close(): void {
    this.#closing.abort();
  }

  /** What ends streams that are open now. */
  get stops(): Stop[] {
    const closed = () => new EngineError('CLOSED', 'the engine was let go of');
    return [
      { signal: this.#closing.signal, error: closed },
      { signal: this.#dying.signal, error: unreachable },
    ];
  }

  /** Does the work of one call, unless something else is planned. `work` gets the fault planned for its stream. */
  async call<T>(call: EngineCall, work: (fault: StreamFault | undefined) => Promise<T>): Promise<T> {
    this.calls.push(call);
    const signal = call.arguments.map(signalIn).find((each) => each !== undefined);
    const stops = [...this.stops, ...(signal ? [abortStop(signal)] : [])];
    throwIfStopped(stops);
    const fault = this.#take(call.method);
    switch (fault?.kind) {
      case 'error':
        throw new EngineError(fault.code, fault.message ?? `${call.method} was told to fail`);
      case 'stall':
        return await unlessStopped(new Promise<never>(() => {}), stops);
      case 'midway':
        tellProgress(call);
        throw new EngineError(fault.code, fault.message ?? `${call.method} was told to fail midway`);
      case 'lost':
        await work(undefined);
        throw unreachable();
      default:
        return await unlessStopped(work(fault), stops);
    }
  }

  #take(method: EngineMethod): AnyFault | undefined {
    const planned = this.#planned.get(method)?.shift();
    planned?.strike();
    return planned?.fault;
  }
}

function tellProgress(call: EngineCall): void {
  if (call.method !== 'pushImage' && call.method !== 'pullImage') return;
  call.arguments[1].onProgress?.({ layer: '0123456789ab', status: 'Preparing' });
}

function signalIn(argument: unknown): AbortSignal | undefined {
  if (typeof argument !== 'object' || argument === null || !('signal' in argument)) return undefined;
  return argument.signal instanceof AbortSignal ? argument.signal : undefined;
}
