import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { Field } from '../parts/field.tsx';
import { KINDS, kindOfFile, type PartProps, type Problems } from './build-form.ts';

const MAX_FILE_BYTES = 10_000_000;

interface RequirementFieldProps extends PartProps {
  readonly problems: Problems;
  readonly isWithKind: boolean;
}

/** The requirement file: typed, pasted, or read from a file, whose name says its kind. */
export function RequirementField({ form, problems, change, isWithKind }: RequirementFieldProps) {
  const [unread, setUnread] = useState<string>();
  const read = async (file: File): Promise<void> => {
    setUnread(undefined);
    if (file.size > MAX_FILE_BYTES) return setUnread(`${file.name} is too large for a requirement file.`);
    try {
      const text = new TextDecoder('utf-8', { fatal: true }).decode(await file.arrayBuffer());
      const kind = kindOfFile(file.name);
      change({ text, ...(kind !== undefined && { kind }) });
    } catch {
      setUnread(`${file.name} is no text in UTF-8.`);
    }
  };
  const textarea = (control: JSX.HTMLAttributes<HTMLTextAreaElement>): JSX.Element => (
    <textarea
      {...control}
      class="textarea"
      rows={8}
      spellcheck={false}
      value={form.text}
      onInput={({ currentTarget }) => change({ text: currentTarget.value })}
    />
  );
  return (
    <div class="is-wide requirement">
      <Field
        label={isWithKind ? `Requirement file (${KINDS[form.kind]})` : 'Requirement file'}
        problem={problems.get('text') ?? unread}
        {...(isWithKind && { note: 'Nothing here: the image only gets another name.' })}
      >
        {textarea}
      </Field>
      <label class="button file-button">
        From a file
        <input
          type="file"
          class="unseen"
          onChange={({ currentTarget }) => {
            const [file] = currentTarget.files ?? [];
            if (file !== undefined) void read(file);
            currentTarget.value = ''; // the same file again is a choice, too
          }}
        />
      </label>
    </div>
  );
}
