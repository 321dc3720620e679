import type { BuildOptions } from '../engine.ts';
import { EngineError } from '../error.ts';

interface Going extends AsyncDisposable {
  /** Aborts with the caller's own signal, and when another build of the same id begins. */
  readonly signal: AbortSignal;
}

/** The builds with an id that go on. */
export class GoingOn {
  readonly #builds = new Map<
    string,
    { readonly controller: AbortController; readonly ended: Promise<void> }
  >();

  /** Ends what goes on under the same id before. Dispose what it gives when the build has ended. */
  async begin({ id, signal }: BuildOptions): Promise<Going> {
    const controller = new AbortController();
    const signals = [controller.signal, ...(signal ? [signal] : [])];
    if (id === undefined) return { signal: AbortSignal.any(signals), async [Symbol.asyncDispose]() {} };
    const earlier = this.#builds.get(id);
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    const going = { controller, ended };
    this.#builds.set(id, going);
    earlier?.controller.abort();
    await earlier?.ended;
    return {
      signal: AbortSignal.any(signals),
      [Symbol.asyncDispose]: async () => {
        if (this.#builds.get(id) === going) this.#builds.delete(id);
        resolve();
      },
    };
  }
}

/** The error of a build that was ended from elsewhere, which is no abort by its caller. */
export function cancelledError(error: unknown, signal: AbortSignal | undefined): unknown {
  if (!(error instanceof EngineError) || error.code !== 'ABORTED' || signal?.aborted) return error;
  return new EngineError('FAILED', 'cannot build the image: it was cancelled', { cause: error });
}
