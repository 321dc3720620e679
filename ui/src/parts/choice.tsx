import { useId } from 'preact/hooks';

interface ChoiceProps<V extends string> {
  /** What is chosen, for those who do not see it. */
  readonly label: string;
  readonly options: readonly { readonly value: V; readonly title: string }[];
  readonly value: V;
  readonly onChoose: (value: V) => void;
}

/** One of a few, beside each other: radio buttons, so that the arrow keys go through them. */
export function Choice<V extends string>({ label, options, value, onChoose }: ChoiceProps<V>) {
  const name = useId();
  return (
    <fieldset class="choice">
      <legend class="unseen">{label}</legend>
      {options.map((option) => (
        <label key={option.value} class="choice-option">
          <input
            type="radio"
            name={name}
            checked={option.value === value}
            onChange={() => onChoose(option.value)}
          />
          <span>{option.title}</span>
        </label>
      ))}
    </fieldset>
  );
}
