import { useLayoutEffect, useRef } from 'preact/hooks';
import { PRIORITIES, SHELLS, type TaskDraft } from './draft.ts';
import { type FormProps, SelectOf, TextOf } from './form-fields.tsx';
import { SPAN_EXAMPLES } from './spans.ts';

const SHELL_TITLES: Readonly<Record<TaskDraft['shell'], string>> = {
  'sh -ec': 'sh -ec: a script, ends at the first failure',
  'bash -ec': 'bash -ec: a script, ends at the first failure',
  'sh -c': 'sh -c: a script',
  'bash -c': 'bash -c: a script',
  '': 'no shell: one word a line',
};

const ADVANCED = [
  'description',
  'owner',
  'source',
  'retries',
  'deadline',
  'expires',
  'project',
  'scheduler',
  'group',
  'dependencies',
  'scopes',
  'routes',
  'features',
] as const;

interface TaskFormProps extends FormProps {
  readonly queues: readonly string[];
}

/** The fields of a task, those that most need at the top. */
export function TaskForm({ queues, ...form }: TaskFormProps) {
  const { draft, problems, change } = form;
  const isAdvancedWrong = ADVANCED.some((name) => problems.has(name));
  const more = useRef<HTMLDetailsElement>(null);
  // Opened and never closed by us: what was wrong is not any more as soon as somebody types there.
  useLayoutEffect(() => {
    if (isAdvancedWrong && more.current !== null) more.current.open = true;
  }, [isAdvancedWrong]);
  return (
    <>
      <div class="panel panel-body fields">
        <TextOf
          {...form}
          name="image"
          label="Image"
          placeholder="debian:12"
          note="What the container is made of, as a registry calls it."
        />
        <TextOf
          {...form}
          name="name"
          label="Name"
          placeholder={draft.image.trim() || 'What people call it'}
        />
        <TextOf
          {...form}
          name="command"
          label="Command"
          rows={6}
          isWide
          placeholder={draft.shell === '' ? 'make\ndist' : 'make check\nmake dist'}
          note="Nothing here: the image’s own."
        />
        <SelectOf
          {...form}
          name="shell"
          label="Run by"
          options={SHELLS.map((value) => ({ value, title: SHELL_TITLES[value] }))}
        />
        <TextOf {...form} name="queue" label="Queue" list="queues" note="PROVISIONER/TYPE of the workers." />
        <datalist id="queues">
          {queues.map((queue) => (
            <option key={queue} value={queue} />
          ))}
        </datalist>
        <TextOf
          {...form}
          name="env"
          label="Variables"
          rows={3}
          placeholder="CI=true"
          note="NAME=VALUE, one a line. Whoever may see the task sees them: no place for secrets."
        />
        <TextOf
          {...form}
          name="artifacts"
          label="Artifacts"
          rows={3}
          placeholder="public/dist=/work/dist/"
          note="NAME=PATH, one a line: files to keep; a folder where the path ends in “/”. Below public/ everybody may read them."
        />
        <TextOf {...form} name="maxRunTime" label="Run at most" note={`${SPAN_EXAMPLES}.`} />
        <SelectOf
          {...form}
          name="priority"
          label="Priority"
          options={PRIORITIES.map((value) => ({ value, title: value }))}
        />
        <label class="check is-wide">
          <input
            type="checkbox"
            checked={draft.interactive}
            onChange={({ currentTarget }) => change({ interactive: currentTarget.checked })}
          />
          <span>
            Interactive
            <span class="cell-sub">
              A shell can be opened in its container, which then stays for three minutes at least.
            </span>
          </span>
        </label>
      </div>
      <details class="more" ref={more}>
        <summary>More: times, groups, caches, scopes</summary>
        <Advanced {...form} />
      </details>
    </>
  );
}

const Advanced = (form: FormProps) => (
  <div class="panel panel-body fields">
    <TextOf {...form} name="deadline" label="Has to end within" note={`${SPAN_EXAMPLES}.`} />
    <TextOf {...form} name="expires" label="Is forgotten after" note="With its artifacts." />
    <TextOf {...form} name="retries" label="Retries" note="When a worker is lost, 0 to 49." />
    <TextOf
      {...form}
      name="features"
      label="Features"
      placeholder="taskclusterProxy chainOfTrust"
      note="Of the worker, beside interactive, with blanks between them."
    />
    <TextOf
      {...form}
      name="caches"
      label="Caches"
      rows={2}
      placeholder="checkouts=/work/checkouts"
      note="NAME=PATH, one a line: folders that stay on the worker."
    />
    <TextOf {...form} name="scopes" label="Scopes" rows={2} note="What the task may, one a line." />
    <TextOf
      {...form}
      name="dependencies"
      label="Waits for"
      rows={2}
      note="Ids of tasks, one a line, that end before this one starts."
    />
    <SelectOf
      {...form}
      name="requires"
      label="These have to"
      options={[
        { value: 'all-completed', title: 'complete' },
        { value: 'all-resolved', title: 'end, however they do' },
      ]}
    />
    <TextOf
      {...form}
      name="routes"
      label="Routes"
      rows={2}
      note="Where its end is announced: index.NAMESPACE."
    />
    <TextOf {...form} name="description" label="Description" rows={2} />
    <TextOf {...form} name="group" label="Group" note="Id of a task group; else one of its own." />
    <TextOf {...form} name="project" label="Project" placeholder="none" />
    <TextOf {...form} name="scheduler" label="Scheduler" placeholder="-" note="Of the tasks of its group." />
    <TextOf {...form} name="owner" label="Owner" note="Whose it is; else who is signed in." />
    <TextOf
      {...form}
      name="source"
      label="Source"
      placeholder="https://…"
      note="Where its definition comes from."
    />
  </div>
);
