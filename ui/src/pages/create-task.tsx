import { useRef, useState } from 'preact/hooks';
import { serverNow } from '../api/clock.ts';
import { createTask } from '../api/create-task.ts';
import { listQueues } from '../api/queues.ts';
import { asRefusal, type Refusal } from '../api/refusal.ts';
import { may, session } from '../api/session.ts';
import { useResource } from '../api/use-resource.ts';
import { type Beginning, begin, beginningOf, textOf } from '../new-task/begin.ts';
import { type Definition, definitionOf, type Known, type Problems } from '../new-task/definition.ts';
import { DEFAULT_QUEUE, type TaskDraft } from '../new-task/draft.ts';
import { completed, readDefinition, timeless } from '../new-task/read-definition.ts';
import { refusedFields } from '../new-task/refused-fields.ts';
import { TaskForm } from '../new-task/task-form.tsx';
import { newTaskId } from '../new-task/task-id.ts';
import { Choice } from '../parts/choice.tsx';
import { Empty } from '../parts/empty.tsx';
import { ErrorNote } from '../parts/error-note.tsx';
import { Field, focusFirstProblem } from '../parts/field.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { ResourceView } from '../parts/resource-view.tsx';
import { taskAddress } from '../router/addresses.ts';
import { go, here } from '../router/location.ts';
import '../new-task/new-task.css';

/** `/tasks/new` (`?from=TASK` begins with another one's definition, `?queue=` with a queue): the form that creates a task. */
export function CreateTask() {
  const { search, query } = here.value;
  const from = query.get('from');
  const resource = useResource(search, (signal) => begin(query, signal));
  return (
    <>
      <PageHead
        title="New task"
        trail={<a href="/tasks">Tasks</a>}
        facts={
          from !== null && (
            <span>
              made of <a href={taskAddress(from)}>{from}</a>
            </span>
          )
        }
      />
      {may.value.runTasks ? (
        <ResourceView resource={resource} what="The task that this one is made of could not be loaded">
          {(beginning) => <Editor key={search} beginning={beginning} />}
        </ResourceView>
      ) : (
        <Empty title="You may not create tasks here.">
          <p>It takes the role operator, or scopes of a client that may.</p>
        </Empty>
      )}
    </>
  );
}

type Mode = 'form' | 'definition';

interface State {
  readonly mode: Mode;
  readonly draft: TaskDraft;
  readonly text: string;
  readonly problems: Problems;
  /** What is wrong with the text. */
  readonly textProblem?: string | undefined;
  readonly refusal?: Refusal | undefined;
}

const NO_PROBLEMS: Problems = new Map();

const known = (): Known => ({
  now: serverNow(),
  clientId: session.value.value?.clientId ?? 'anonymous',
  origin: location.origin,
});

function Editor({ beginning }: { readonly beginning: Beginning }) {
  const form = useRef<HTMLFormElement>(null);
  // Kept until something was changed: what was sent once and not answered is the same task when it is sent again.
  const taskId = useRef(newTaskId());
  const [isBusy, setBusy] = useState(false);
  const [state, setState] = useState<State>({
    mode: beginning.text === undefined ? 'form' : 'definition',
    draft: beginning.draft,
    text: beginning.text ?? '',
    problems: NO_PROBLEMS,
    textProblem: beginning.reason && `The form cannot show this one: ${beginning.reason}.`,
  });
  const edit = (changed: Partial<State>): void => {
    taskId.current = newTaskId();
    setState((before) => ({ ...before, ...changed }));
  };
  const submit = async (): Promise<void> => {
    setBusy(true);
    try {
      const read = await definitionIn(state);
      if (read.definition === undefined) {
        setState({ ...state, ...read.found, refusal: undefined });
        focusFirstProblem(form.current);
        return;
      }
      const { taskId: made } = await createTask(taskId.current, read.definition);
      go(taskAddress(made));
    } catch (error) {
      setState({ ...state, ...refusedState(state.mode, asRefusal(error)) });
      focusFirstProblem(form.current);
    } finally {
      setBusy(false);
    }
  };
  return (
    <form
      ref={form}
      class="new-task"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
      onKeyDown={(event) => {
        if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) void submit();
      }}
    >
      <Choice
        label="How the task is written"
        options={[
          { value: 'form', title: 'Form' },
          { value: 'definition', title: 'JSON or YAML' },
        ]}
        value={state.mode}
        onChoose={(mode) => void switched(state, mode).then(edit)}
      />
      {state.refusal !== undefined && <ErrorNote refusal={state.refusal} what="The task was not created" />}
      {state.mode === 'form' ? (
        <FormFields state={state} edit={edit} />
      ) : (
        <DefinitionField state={state} edit={edit} />
      )}
      <div class="actions submit-bar">
        <button type="submit" class="button primary" disabled={isBusy}>
          Create task
        </button>
        <span class="dim small">
          <kbd>Ctrl</kbd> <kbd>Enter</kbd>
        </span>
      </div>
    </form>
  );
}

interface EditorProps {
  readonly state: State;
  readonly edit: (changed: Partial<State>) => void;
}

function FormFields({ state, edit }: EditorProps) {
  const { data } = useResource('queues', listQueues);
  const queues = data?.queues.map(({ taskQueueId }) => taskQueueId) ?? [];
  return (
    <TaskForm
      draft={state.draft}
      problems={state.problems}
      queues={[...new Set([DEFAULT_QUEUE, ...queues])]}
      change={(changed) =>
        edit({
          draft: { ...state.draft, ...changed },
          // What was mended is not wrong any more, until it is looked at again.
          problems: new Map([...state.problems].filter(([field]) => !(field in changed))),
        })
      }
    />
  );
}

const DefinitionField = ({ state, edit }: EditorProps) => (
  <Field
    label="Definition"
    problem={state.textProblem}
    note="As slipway task create FILE takes it. Times that are not there count from now: a day to end, 30 to be kept."
  >
    {(control) => (
      <textarea
        {...control}
        class="textarea"
        rows={24}
        spellcheck={false}
        autocomplete="off"
        value={state.text}
        placeholder={'payload:\n  image: debian:12\n  command: [sh, -ec, make]\n  maxRunTime: 3600'}
        onInput={({ currentTarget }) => edit({ text: currentTarget.value, textProblem: undefined })}
      />
    )}
  </Field>
);

/** The definition that is asked for, or what is in its way. */
async function definitionIn(
  state: State,
): Promise<
  { readonly definition: Definition } | { readonly definition?: undefined; readonly found: Partial<State> }
> {
  if (state.mode === 'form') {
    const { definition, problems } = definitionOf(state.draft, known());
    return definition === undefined ? { found: { problems } } : { definition };
  }
  const read = await readDefinition(state.text);
  return 'problem' in read
    ? { found: { textProblem: read.problem } }
    : { definition: completed(read.definition, known()) };
}

/** The same task, written the other way. */
async function switched(state: State, mode: Mode): Promise<Partial<State>> {
  if (mode === state.mode) return {};
  if (mode === 'definition') {
    const { definition, problems } = definitionOf(state.draft, known());
    if (definition !== undefined) return { mode, text: textOf(timeless(definition)), textProblem: undefined };
    // What is not finished stays in the form; the text is what was there before.
    return problems.size > 0 ? { mode, textProblem: undefined } : {};
  }
  if (state.text.trim() === '') return { mode };
  const read = await readDefinition(state.text);
  if ('problem' in read) return { textProblem: read.problem };
  const { draft, reason } = beginningOf(read.definition);
  if (reason !== undefined) return { textProblem: `The form cannot show this one: ${reason}.` };
  return { mode, draft, problems: NO_PROBLEMS };
}

/** What the server did not take, at the fields that it is about. */
function refusedState(mode: Mode, refusal: Refusal): Partial<State> {
  if (mode === 'definition' || refusal.detail === undefined) return { refusal };
  const { problems, others } = refusedFields(refusal.detail);
  return { problems, refusal: others.length === 0 && problems.size > 0 ? undefined : refusal };
}
