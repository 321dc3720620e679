import { useEffect, useRef, useState } from 'preact/hooks';
import { useKeys } from '../keys/keys.ts';
import { here, setQuery } from '../router/location.ts';
import { Icon } from './icon.tsx';

/** What people type is looked for when they have stopped for so long. */
const TYPED_MS = 250;

/** What this address' query says of a filter. */
export const filterOf = (name: string): string | undefined => here.value.query.get(name) ?? undefined;

interface SearchFilterProps {
  /** Of the address' query. */
  readonly name: string;
  /** What can be typed: `Name, branch or commit`. */
  readonly label: string;
}

/** A field that filters by text; `/` goes there. */
export function SearchFilter({ name, label }: SearchFilterProps) {
  const field = useRef<HTMLInputElement>(null);
  const asked = filterOf(name) ?? '';
  const [typed, setTyped] = useState(asked);
  useKeys([{ keys: '/', says: 'Search', run: () => field.current?.focus() }]);
  useEffect(() => setTyped(asked), [asked]);
  useEffect(() => {
    if (typed === asked) return;
    const timer = setTimeout(() => setQuery({ [name]: typed }), TYPED_MS);
    return () => clearTimeout(timer);
  }, [typed]);
  return (
    <search class="search">
      <Icon name="search" />
      <input
        ref={field}
        class="input"
        type="search"
        aria-label={label}
        placeholder={label}
        value={typed}
        onInput={({ currentTarget }) => setTyped(currentTarget.value)}
        onKeyDown={({ key }) => {
          if (key === 'Escape') field.current?.blur();
        }}
      />
    </search>
  );
}

interface SelectFilterProps {
  /** Of the address' query. */
  readonly name: string;
  /** `State` */
  readonly label: string;
  /** What stands for no filter: `All states`. */
  readonly all: string;
  readonly options: readonly string[];
}

/** A choice that filters. What the address says can be chosen too, also where it is none of the others. */
export function SelectFilter({ name, label, all, options }: SelectFilterProps) {
  const asked = filterOf(name);
  const offered = asked === undefined || options.includes(asked) ? options : [...options, asked];
  return (
    <select
      class="select"
      aria-label={label}
      value={asked ?? ''}
      onChange={({ currentTarget }) => setQuery({ [name]: currentTarget.value })}
    >
      <option value="">{all}</option>
      {offered.map((option) => (
        <option key={option} value={option}>
          {option}
        </option>
      ))}
    </select>
  );
}
