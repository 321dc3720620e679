import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { asRefusal, type Refusal } from '../api/refusal.ts';

interface ConfirmButtonProps {
  /** What the button does: `Cancel task`. */
  readonly children: ComponentChildren;
  /** What is asked before: `Cancel this task? What it does now is lost.` */
  readonly question: string;
  /** The word on the button that does it. */
  readonly answer: string;
  readonly tone?: 'plain' | 'danger';
  readonly isDisabled?: boolean;
  /** What it throws is shown in the question. */
  readonly onConfirm: () => Promise<unknown>;
}

/** A button for what cannot be taken back: it asks first, in a dialog that Escape closes. */
export function ConfirmButton(props: ConfirmButtonProps) {
  const { children, question, answer, tone = 'plain', isDisabled = false, onConfirm } = props;
  const dialog = useRef<HTMLDialogElement>(null);
  const [isOpen, setOpen] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<Refusal>();
  useEffect(() => {
    if (isOpen) dialog.current?.showModal();
  }, [isOpen]);
  const isUsed = useRef(false);
  useEffect(
    () => () => {
      if (isUsed.current) focusHeadWhereNone();
    },
    [],
  );
  const open = (): void => {
    isUsed.current = true;
    setRefusal(undefined);
    setOpen(true);
  };
  const confirm = async (): Promise<void> => {
    setBusy(true);
    setRefusal(undefined);
    try {
      await onConfirm();
      setOpen(false);
    } catch (error) {
      setRefusal(asRefusal(error));
      setOpen(true); // also for who went back meanwhile: it was not done
    } finally {
      setBusy(false);
    }
  };
  const style = tone === 'danger' ? 'button danger' : 'button';
  return (
    <>
      <button type="button" class={style} disabled={isDisabled} onClick={open}>
        {children}
      </button>
      {isOpen && (
        <dialog class="dialog" ref={dialog} onClose={() => setOpen(false)}>
          <p>{question}</p>
          {refusal !== undefined && (
            <p class="dialog-refusal" role="alert">
              {refusal.message}
            </p>
          )}
          <div class="actions end">
            <button type="button" class="button" onClick={() => dialog.current?.close()}>
              Back
            </button>
            <button
              type="button"
              class={tone === 'danger' ? 'button danger primary' : 'button primary'}
              disabled={isBusy}
              onClick={() => void confirm()}
            >
              {answer}
            </button>
          </div>
        </dialog>
      )}
    </>
  );
}

/** What was canceled has no button to cancel it any more: who has no mouse goes on from the head of the page. */
function focusHeadWhereNone(): void {
  requestAnimationFrame(() => {
    if (document.activeElement !== document.body) return;
    document.querySelector<HTMLElement>('h1')?.focus({ preventScroll: true });
  });
}
