import { useEffect, useRef, useState } from 'preact/hooks';
import { serverNow } from '../api/clock.ts';
import { quarantineWorker, type WorkerName } from '../api/queues.ts';
import { asRefusal } from '../api/refusal.ts';
import { parseSpan, SPAN_EXAMPLES } from '../new-task/spans.ts';
import { Field } from '../parts/field.tsx';

interface QuarantineButtonProps {
  readonly worker: WorkerName;
  readonly onDone: () => void;
}

/** Keeps a worker from getting tasks: asks for how long and why. */
export function QuarantineButton({ worker, onDone }: QuarantineButtonProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [isOpen, setOpen] = useState(false);
  useEffect(() => {
    if (isOpen) dialog.current?.showModal();
  }, [isOpen]);
  const name = `${worker.workerGroup}/${worker.workerId}`;
  return (
    <>
      <button type="button" class="button" aria-label={`Quarantine ${name}`} onClick={() => setOpen(true)}>
        Quarantine
      </button>
      {isOpen && (
        <dialog class="dialog" ref={dialog} aria-labelledby="quarantine-title" onClose={() => setOpen(false)}>
          <h2 id="quarantine-title">Quarantine {name}</h2>
          <p class="dim small">It gets no more tasks until then. What it runs now goes on.</p>
          <QuarantineForm
            worker={worker}
            onDone={() => {
              setOpen(false);
              onDone();
            }}
            onBack={() => dialog.current?.close()}
          />
        </dialog>
      )}
    </>
  );
}

function QuarantineForm({ worker, onDone, onBack }: QuarantineButtonProps & { readonly onBack: () => void }) {
  const [span, setSpan] = useState('1d');
  const [info, setInfo] = useState('');
  const [problem, setProblem] = useState<string>();
  const [refused, setRefused] = useState<string>();
  const [isBusy, setBusy] = useState(false);
  const submit = async (): Promise<void> => {
    const ms = parseSpan(span);
    setProblem(ms === undefined ? `Expected ${SPAN_EXAMPLES}.` : undefined);
    if (ms === undefined) return;
    setBusy(true);
    try {
      await quarantineWorker(worker, { until: new Date(serverNow() + ms), info: info.trim() });
      onDone();
    } catch (error) {
      setRefused(asRefusal(error).message);
    } finally {
      setBusy(false);
    }
  };
  return (
    <form
      class="dialog-form"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <Field label="For" note={SPAN_EXAMPLES} problem={problem}>
        {(control) => (
          <input
            {...control}
            class="input"
            value={span}
            onInput={(event) => setSpan(event.currentTarget.value)}
          />
        )}
      </Field>
      <Field label="Why" note="For whoever looks at this worker next">
        {(control) => (
          <input
            {...control}
            class="input"
            maxLength={4000}
            value={info}
            onInput={(event) => setInfo(event.currentTarget.value)}
          />
        )}
      </Field>
      {refused !== undefined && (
        <p class="dialog-refusal" role="alert">
          {refused}
        </p>
      )}
      <div class="actions end">
        <button type="button" class="button" onClick={onBack}>
          Back
        </button>
        <button type="submit" class="button primary" disabled={isBusy}>
          Quarantine
        </button>
      </div>
    </form>
  );
}
