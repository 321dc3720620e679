import { useRef, useState } from 'preact/hooks';
import { type Capabilities, orderBuild } from '../api/builds.ts';
import { asRefusal, type Refusal } from '../api/refusal.ts';
import { ErrorNote } from '../parts/error-note.tsx';
import { Field, useFocusOnProblem } from '../parts/field.tsx';
import { imageAddress } from '../router/addresses.ts';
import { useGoOn } from '../router/use-go-on.ts';
import { useUnfinished } from '../router/use-unfinished.ts';
import { type Beginning, keepForm } from './begin-build.ts';
import {
  type BuildForm as Form,
  fieldOfRefusal,
  KIND_NAMES,
  type Kind,
  orderOf,
  type PartProps,
  type Problems,
} from './build-form.ts';
import { RequirementField } from './requirement-field.tsx';

interface NewBuildProps {
  /** The catalogue of the server. */
  readonly builders: Capabilities['builders'];
  readonly beginning: Beginning;
  readonly onClose: () => void;
}

const NO_PROBLEMS: Problems = new Map();

/** The form that starts a build. */
export function NewBuild({ builders, beginning, onClose }: NewBuildProps) {
  const element = useRef<HTMLFormElement>(null);
  const [form, setForm] = useUnfinished(() => beginning.form);
  const [problems, setProblems] = useState(NO_PROBLEMS);
  const [refusal, setRefusal] = useState<Refusal>();
  const [isBusy, setBusy] = useState(false);
  const focusOnProblem = useFocusOnProblem(element);
  const goOn = useGoOn();
  const change = (changed: Partial<Form>): void => {
    setForm((before) => ({ ...before, ...changed }));
    setProblems((before) => new Map([...before].filter(([field]) => !(field in changed))));
  };
  const submit = async (): Promise<void> => {
    const { order, problems: found } = orderOf(form);
    setProblems(found);
    setRefusal(undefined);
    if (order === undefined) return focusOnProblem();
    setBusy(true);
    try {
      const { id } = await orderBuild(order);
      keepForm(id, form);
      goOn(imageAddress(id));
    } catch (error) {
      const refused = asRefusal(error);
      const field = refused.status === 403 ? 'user' : fieldOfRefusal(refused.message, refused.detail);
      if (field === undefined) setRefusal(refused);
      else setProblems(new Map([[field, refused.detail ?? refused.message]]));
      focusOnProblem();
    } finally {
      setBusy(false);
    }
  };
  return (
    <form
      ref={element}
      class="panel panel-body build-form"
      aria-labelledby="build-form-title"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <h2 id="build-form-title">New build</h2>
      {refusal !== undefined && <ErrorNote refusal={refusal} what="The build was not started" />}
      {beginning.lacksFile && (
        <p class="dim small">
          Its requirement file is to be given again: the server keeps it only while it builds.
        </p>
      )}
      <div class="fields">
        {builders.length > 0 && <Builder {...{ builders, form, change }} />}
        {form.builder === '' && (
          <Text
            {...{ form, problems, change }}
            name="source"
            label="Extend the image"
            placeholder="openserverless/runtime-nodejs:v20"
          />
        )}
        <Text
          {...{ form, problems, change }}
          name="user"
          label="User"
          placeholder="alice"
          note="Whose image it is: its repository in the registry."
        />
        {form.builder === '' && (
          <>
            <Text {...{ form, problems, change }} name="tag" label="Tag" placeholder="extended" />
            <Kinds {...{ form, change }} />
          </>
        )}
        <RequirementField {...{ form, problems, change }} isWithKind={form.builder === ''} />
        {form.builder === '' && (
          <label class="check is-wide">
            <input
              type="checkbox"
              checked={form.force}
              onChange={({ currentTarget }) => change({ force: currentTarget.checked })}
            />
            <span>
              Build anew
              <span class="cell-sub">Also where the same request made an image before.</span>
            </span>
          </label>
        )}
      </div>
      <div class="actions">
        <button type="submit" class="button primary" disabled={isBusy}>
          Start build
        </button>
        <button type="button" class="button" onClick={onClose}>
          Close
        </button>
      </div>
    </form>
  );
}

interface TextProps extends PartProps {
  readonly problems: Problems;
  readonly name: 'source' | 'user' | 'tag';
  readonly label: string;
  readonly placeholder: string;
  readonly note?: string;
}

const Text = ({ form, problems, change, name, label, placeholder, note }: TextProps) => (
  <Field label={label} problem={problems.get(name)} {...(note !== undefined && { note })}>
    {(control) => (
      <input
        {...control}
        class="input"
        name={name}
        placeholder={placeholder}
        autocomplete="off"
        autocapitalize="off"
        spellcheck={false}
        value={form[name]}
        onInput={({ currentTarget }) => change({ [name]: currentTarget.value })}
      />
    )}
  </Field>
);

/** An entry of the catalogue, or an image that is named. */
const Builder = ({ builders, form, change }: PartProps & Pick<NewBuildProps, 'builders'>) => (
  <Field label="Made of" isWide>
    {(control) => (
      <select
        {...control}
        class="select"
        value={form.builder}
        onChange={({ currentTarget }) => change({ builder: currentTarget.value })}
      >
        <option value="">an image that I name</option>
        {builders.map(({ id, kind }) => (
          <option key={id} value={id}>
            {id} ({kind}), of the catalogue
          </option>
        ))}
      </select>
    )}
  </Field>
);

const Kinds = ({ form, change }: PartProps) => (
  <Field label="Kind">
    {(control) => (
      <select
        {...control}
        class="select"
        value={form.kind}
        onChange={({ currentTarget }) => change({ kind: currentTarget.value as Kind })} // its options are kinds
      >
        {KIND_NAMES.map((kind) => (
          <option key={kind} value={kind}>
            {kind}
          </option>
        ))}
      </select>
    )}
  </Field>
);
