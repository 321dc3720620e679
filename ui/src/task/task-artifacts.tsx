import { artifactHref, listTaskArtifacts, type TaskArtifact } from '../api/task.ts';
import { useResource } from '../api/use-resource.ts';
import { Bytes } from '../parts/bytes.tsx';
import { type Column, DataTable } from '../parts/data-table.tsx';
import { Empty } from '../parts/empty.tsx';
import { ResourceView } from '../parts/resource-view.tsx';
import { Age } from '../parts/time.tsx';

interface TaskArtifactsProps {
  readonly taskId: string;
  readonly runId: number;
}

/** The artifacts of a run of a task, which come as it goes on. */
export function useTaskArtifacts(taskId: string, runId: number | undefined) {
  return useResource(
    runId === undefined ? undefined : `artifacts ${taskId} ${runId}`,
    (signal) => listTaskArtifacts(taskId, runId ?? 0, signal),
    { changes: [{ kind: 'task', taskId }] },
  );
}

export function TaskArtifacts({
  taskId,
  runId,
  resource,
}: TaskArtifactsProps & { readonly resource: ReturnType<typeof useTaskArtifacts> }) {
  const columns: readonly Column<TaskArtifact>[] = [
    { title: 'Name', kind: 'main', cell: (artifact) => <ArtifactName {...{ taskId, runId, artifact }} /> },
    { title: 'Type', cell: ({ contentType }) => contentType },
    {
      title: 'Size',
      kind: 'number',
      cell: ({ contentLength }) => contentLength !== undefined && <Bytes value={contentLength} />,
    },
    { title: 'Kept', cell: ({ storageType }) => STORED[storageType] },
    { title: 'Expires', cell: ({ expires }) => <Age at={expires} /> },
  ];
  return (
    <ResourceView resource={resource} what="The artifacts could not be loaded">
      {({ artifacts, hasMore }) =>
        artifacts.length === 0 ? (
          <Empty title="This run has no artifacts yet." />
        ) : (
          <>
            <DataTable label="Artifacts" columns={columns} items={artifacts} idOf={({ name }) => name} />
            {hasMore && <p class="dim small">The first thousand are shown.</p>}
          </>
        )
      }
    </ResourceView>
  );
}

const STORED: Readonly<Record<TaskArtifact['storageType'], string>> = {
  s3: 'here',
  object: 'here',
  reference: 'elsewhere',
  link: 'link',
  error: 'missing',
};

function ArtifactName({ taskId, runId, artifact }: TaskArtifactsProps & { readonly artifact: TaskArtifact }) {
  const { name, storageType } = artifact;
  if (storageType === 'error') return <>{name}</>;
  return <a href={artifactHref(taskId, runId, name)}>{name}</a>;
}
