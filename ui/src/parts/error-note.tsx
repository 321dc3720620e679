import { adviceOf, type Refusal } from '../api/refusal.ts';
import { Icon } from './icon.tsx';

interface ErrorNoteProps {
  readonly refusal: Refusal;
  /** What was attempted: `The list of runs could not be loaded`. */
  readonly what: string;
  /** What to do about it. @defaultValue what the kind of the refusal suggests */
  readonly hint?: string | undefined;
  readonly onRetry?: (() => unknown) | undefined;
  /** What the button says. @defaultValue Try again */
  readonly action?: string;
}

/** Says what went wrong, why, and what to do. */
export function ErrorNote({
  refusal,
  what,
  hint = adviceOf(refusal),
  onRetry,
  action = 'Try again',
}: ErrorNoteProps) {
  return (
    <div class="error-note" role="alert">
      <span class="error-note-sign">
        <Icon name="alert" />
      </span>
      <div class="error-words">
        <p class="error-what">{what}</p>
        <p class="error-why">
          {refusal.message}
          {refusal.code !== undefined && <code class="error-code">{refusal.code}</code>}
        </p>
        {refusal.detail !== undefined && <pre class="error-detail">{refusal.detail}</pre>}
        {hint !== undefined && <p class="dim">{hint}</p>}
      </div>
      {onRetry !== undefined && (
        <button type="button" class="button" onClick={() => void onRetry()}>
          {action}
        </button>
      )}
    </div>
  );
}
