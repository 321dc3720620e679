import { useEffect, useRef } from 'preact/hooks';
import { bindings } from './keys.ts';

/** What keys do on this page, in a dialog. */
export function KeysHelp({ onClose }: { readonly onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  // What a page says of a key counts before what all pages say.
  const byKeys = new Map(bindings.value.flat().map(({ keys, says }) => [keys, says]));
  return (
    <dialog class="dialog keys-help" ref={dialog} onClose={onClose} aria-labelledby="keys-title">
      <h2 id="keys-title">Keys</h2>
      <dl>
        {[...byKeys].map(([keys, says]) => (
          <div key={keys}>
            <dt>
              {keys.split(' ').map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{says}</dd>
          </div>
        ))}
      </dl>
      <div class="actions end">
        <button type="button" class="button" onClick={() => dialog.current?.close()}>
          Close
        </button>
      </div>
    </dialog>
  );
}
