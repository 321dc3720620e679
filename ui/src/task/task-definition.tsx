import type { ComponentChildren } from 'preact';
import type { TaskDefinition } from '../api/tasks.ts';
import { Age } from '../parts/time.tsx';
import { queueAddress, taskAddress } from '../router/addresses.ts';

/** What a task is to do, as somebody asked for it. */
export function TaskDefinitionView({ task }: { readonly task: TaskDefinition }) {
  const { metadata, scopes, dependencies, tags } = task;
  return (
    <div class="definition">
      <dl class="fact-list">
        <Fact name="Description">{metadata.description}</Fact>
        <Fact name="Owner">{metadata.owner}</Fact>
        <Fact name="Source">
          <Source address={metadata.source} />
        </Fact>
        <Fact name="Queue">
          <a href={queueAddress(task.taskQueueId)}>{task.taskQueueId}</a>
        </Fact>
        <Fact name="Project">{task.projectId}</Fact>
        <Fact name="Priority">{task.priority}</Fact>
        <Fact name="Created">
          <Age at={task.created} />
        </Fact>
        <Fact name="Deadline">
          <Age at={task.deadline} />
        </Fact>
        {dependencies.length > 0 && (
          <Fact name={task.requires === 'all-resolved' ? 'Waits for the end of' : 'Depends on'}>
            {dependencies.map((taskId) => (
              <div key={taskId}>
                <a href={taskAddress(taskId)}>
                  <code>{taskId}</code>
                </a>
              </div>
            ))}
          </Fact>
        )}
        {Object.entries(tags).map(([name, value]) => (
          <Fact key={name} name={`Tag ${name}`}>
            {value}
          </Fact>
        ))}
        {scopes.length > 0 && (
          <Fact name="Scopes">
            {scopes.map((scope) => (
              <div key={scope}>
                <code>{scope}</code>
              </div>
            ))}
          </Fact>
        )}
      </dl>
      <Payload title="Payload" value={task.payload} />
      {Object.keys(task.extra).length > 0 && <Payload title="Extra" value={task.extra} />}
    </div>
  );
}

const Fact = ({ name, children }: { readonly name: string; readonly children: ComponentChildren }) => (
  <>
    <dt>{name}</dt>
    <dd>{children}</dd>
  </>
);

/** A link only to the web: whoever made the task wrote it. */
const Source = ({ address }: { readonly address: string }) =>
  /^https?:\/\//i.test(address) ? (
    <a href={address} rel="noreferrer noopener" target="_blank">
      {address}
    </a>
  ) : (
    <span>{address}</span>
  );

const Payload = ({ title, value }: { readonly title: string; readonly value: unknown }) => (
  <section aria-label={title}>
    <h2>{title}</h2>
    {/* biome-ignore lint/a11y/noNoninteractiveTabindex: who has no mouse scrolls what has the focus */}
    <pre tabIndex={0}>{JSON.stringify(value, null, 2)}</pre>
  </section>
);
