/** SIGHUP, from the moment on at which this is made: it ends the program no longer. Dispose it when nothing is to be ended. */
export interface HangUps extends Disposable {
  /**
   * Does so for each SIGHUP, and at once for one that came before; never twice at a time: what comes while it is being done
   * has it done once more. It does not throw.
   */
  do(action: () => Promise<void>): void;
}

/**
 * Listens for SIGHUP. Node gives it back its usual effect even where `nohup` has taken that away, so that a server that is to
 * outlive its terminal has to listen for it, from its beginning on.
 */
export function listenForHangUps(): HangUps {
  let act: (() => Promise<void>) | undefined;
  let isAsked = false;
  let isActing = false;
  const go = async (): Promise<void> => {
    if (isActing || act === undefined) return;
    isActing = true;
    while (isAsked) {
      isAsked = false;
      await act();
    }
    isActing = false;
  };
  const onHangUp = (): void => {
    isAsked = true;
    void go();
  };
  process.on('SIGHUP', onHangUp);
  return {
    do(action) {
      act = action;
      void go();
    },
    [Symbol.dispose]: () => void process.off('SIGHUP', onHangUp),
  };
}
