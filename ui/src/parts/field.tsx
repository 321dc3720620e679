import type { ComponentChildren, JSX, RefObject } from 'preact';
import { useId, useLayoutEffect, useReducer } from 'preact/hooks';

interface FieldProps {
  readonly label: ComponentChildren;
  /** What is expected, below the control. */
  readonly note?: ComponentChildren;
  /** What has to be mended here. */
  readonly problem?: string | undefined;
  /** Takes the place of two fields. */
  readonly isWide?: boolean;
  /** Draws the control, with what connects it with its label, note and problem. */
  readonly children: (control: ControlProps) => JSX.Element;
}

export interface ControlProps {
  readonly id: string;
  readonly 'aria-describedby'?: string;
  readonly 'aria-invalid'?: true;
}

/** A control of a form with its name, what is expected, and what is wrong with what is in it. */
export function Field({ label, note, problem, isWide = false, children }: FieldProps) {
  const id = useId();
  const described = [
    ...(problem === undefined ? [] : [`${id}-problem`]),
    ...(note === undefined ? [] : [`${id}-note`]),
  ].join(' ');
  return (
    <div class={`field${isWide ? ' is-wide' : ''}`}>
      <label for={id}>{label}</label>
      {children({
        id,
        ...(described !== '' && { 'aria-describedby': described }),
        ...(problem !== undefined && { 'aria-invalid': true }),
      })}
      {problem !== undefined && (
        <p class="field-refusal" id={`${id}-problem`}>
          {problem}
        </p>
      )}
      {note !== undefined && (
        <p class="field-note" id={`${id}-note`}>
          {note}
        </p>
      )}
    </div>
  );
}

/**
 * Gives what puts the focus on the first control of a form that has to be mended: with the drawing that says so, so that
 * nobody is told of it and is still elsewhere.
 */
export function useFocusOnProblem(form: RefObject<HTMLFormElement>): () => void {
  const [asked, ask] = useReducer((count: number) => count + 1, 0);
  useLayoutEffect(() => {
    if (asked > 0) form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [asked]);
  return () => ask(undefined);
}
