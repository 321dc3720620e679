import type { JSX } from 'preact';
import { type ControlProps, Field } from '../parts/field.tsx';
import type { Problems } from './definition.ts';
import type { DraftField, TaskDraft } from './draft.ts';

/** What a form of a task is drawn from. */
export interface FormProps {
  readonly draft: TaskDraft;
  readonly problems: Problems;
  readonly change: (changed: Partial<TaskDraft>) => void;
}

/** Fields that hold a text. */
export type TextField = { [F in DraftField]: TaskDraft[F] extends string ? F : never }[DraftField];

interface TextProps extends FormProps {
  readonly name: TextField;
  readonly label: string;
  readonly note?: JSX.Element | string;
  readonly placeholder?: string;
  /** Of a field with more than one line. */
  readonly rows?: number;
  /** Id of the list that suggests values. */
  readonly list?: string;
  readonly isWide?: boolean;
}

/** A text of the form: one line, or several. */
export function TextOf({ draft, problems, change, name, label, note, rows, isWide, ...rest }: TextProps) {
  const control = (props: ControlProps): JSX.Element => {
    const common = {
      ...props,
      ...(rest.placeholder !== undefined && { placeholder: rest.placeholder }),
      name,
      value: draft[name],
      autocomplete: 'off' as const,
      spellcheck: false,
    };
    return rows === undefined ? (
      <input
        {...common}
        {...(rest.list !== undefined && { list: rest.list })}
        class="input"
        onInput={({ currentTarget }) => change({ [name]: currentTarget.value })}
      />
    ) : (
      <textarea
        {...common}
        class="textarea"
        rows={rows}
        onInput={({ currentTarget }) => change({ [name]: currentTarget.value })}
      />
    );
  };
  return (
    <Field
      label={label}
      problem={problems.get(name)}
      {...(note !== undefined && { note })}
      {...(isWide !== undefined && { isWide })}
    >
      {control}
    </Field>
  );
}

interface SelectProps<F extends TextField> extends FormProps {
  readonly name: F;
  readonly label: string;
  readonly options: readonly { readonly value: TaskDraft[F]; readonly title: string }[];
}

/** One of a list. */
export const SelectOf = <F extends TextField>({
  draft,
  problems,
  change,
  name,
  label,
  options,
}: SelectProps<F>) => (
  <Field label={label} problem={problems.get(name)}>
    {(control) => (
      <select
        {...control}
        class="select"
        name={name}
        value={draft[name]}
        onChange={({ currentTarget }) => change({ [name]: currentTarget.value })}
      >
        {options.map(({ value, title }) => (
          <option key={value} value={value}>
            {title}
          </option>
        ))}
      </select>
    )}
  </Field>
);
