import { useRef, useState } from 'preact/hooks';
import { createTask } from '../api/create-task.ts';
import { listQueues } from '../api/queues.ts';
import { asRefusal } from '../api/refusal.ts';
import { may } from '../api/session.ts';
import { useResource } from '../api/use-resource.ts';
import { type Beginning, begin } from '../new-task/begin.ts';
import { DEFAULT_QUEUE } from '../new-task/draft.ts';
import {
  definitionIn,
  type EditorState,
  NO_PROBLEMS,
  refusedState,
  switched,
} from '../new-task/editor-state.ts';
import { TaskForm } from '../new-task/task-form.tsx';
import { newTaskId } from '../new-task/task-id.ts';
import { Choice } from '../parts/choice.tsx';
import { Empty } from '../parts/empty.tsx';
import { ErrorNote } from '../parts/error-note.tsx';
import { Field, useFocusOnProblem } from '../parts/field.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { ResourceView } from '../parts/resource-view.tsx';
import { taskAddress } from '../router/addresses.ts';
import { here } from '../router/location.ts';
import { useGoOn } from '../router/use-go-on.ts';
import { useUnfinished } from '../router/use-unfinished.ts';
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

function Editor({ beginning }: { readonly beginning: Beginning }) {
  const form = useRef<HTMLFormElement>(null);
  // Kept until something was changed: what was sent once and not answered is the same task when it is sent again.
  const taskId = useRef(newTaskId());
  const [isBusy, setBusy] = useState(false);
  const [state, setState] = useUnfinished<EditorState>(
    () => ({
      mode: beginning.text === undefined ? 'form' : 'definition',
      draft: beginning.draft,
      text: beginning.text ?? '',
      problems: NO_PROBLEMS,
      textProblem: beginning.reason && `The form cannot show this one: ${beginning.reason}.`,
    }),
    // That nobody was signed in is over.
    (left) => ({ ...left, refusal: undefined }),
  );
  const edit = (changed: Partial<EditorState>): void => {
    taskId.current = newTaskId();
    setState((before) => ({ ...before, ...changed }));
  };
  const focusOnProblem = useFocusOnProblem(form);
  const goOn = useGoOn();
  const submit = async (): Promise<void> => {
    if (isBusy) return;
    setBusy(true);
    try {
      const read = await definitionIn(state);
      if (read.definition === undefined) {
        setState((before) => ({ ...before, ...read.found, refusal: undefined }));
        focusOnProblem();
        return;
      }
      const { taskId: made } = await createTask(taskId.current, read.definition);
      goOn(taskAddress(made));
    } catch (error) {
      setState((before) => ({ ...before, ...refusedState(before.mode, asRefusal(error)) }));
      focusOnProblem();
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
  readonly state: EditorState;
  readonly edit: (changed: Partial<EditorState>) => void;
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
