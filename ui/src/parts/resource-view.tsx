import type { ComponentChildren } from 'preact';
import { isAbsent } from '../api/refusal.ts';
import type { Resource } from '../api/use-resource.ts';
import { Empty } from './empty.tsx';
import { ErrorNote } from './error-note.tsx';
import { Skeleton } from './skeleton.tsx';

interface ResourceViewProps<T> {
  readonly resource: Resource<T>;
  /** What was attempted, where it came to nothing: `The queues could not be loaded`. */
  readonly what: string;
  /** What is said where the server knows nothing of the name: `There is no run 1a here`. @defaultValue what was attempted */
  readonly absent?: string;
  readonly children: (data: T) => ComponentChildren;
}

/** Shows a resource; while there is nothing of it a placeholder, and what went wrong beside the last that came. */
export function ResourceView<T>({ resource, what, absent, children }: ResourceViewProps<T>) {
  const { data, refusal, isLoading, reload } = resource;
  return (
    <>
      {refusal !== undefined && absent !== undefined && isAbsent(refusal) ? (
        <div role="alert">
          <Empty title={`${absent}.`}>
            <p>It may have been removed, or the address may have a mistake.</p>
          </Empty>
        </div>
      ) : (
        refusal !== undefined && <ErrorNote refusal={refusal} what={what} onRetry={reload} />
      )}
      {isLoading && <Skeleton />}
      {data !== undefined && children(data)}
    </>
  );
}
