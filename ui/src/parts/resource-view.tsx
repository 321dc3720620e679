import type { ComponentChildren } from 'preact';
import type { Resource } from '../api/use-resource.ts';
import { ErrorNote } from './error-note.tsx';
import { Skeleton } from './skeleton.tsx';

interface ResourceViewProps<T> {
  readonly resource: Resource<T>;
  /** What was attempted, where it came to nothing: `The queues could not be loaded`. */
  readonly what: string;
  readonly children: (data: T) => ComponentChildren;
}

/** Shows a resource; while there is nothing of it a placeholder, and what went wrong beside the last that came. */
export function ResourceView<T>({ resource, what, children }: ResourceViewProps<T>) {
  const { data, refusal, isLoading, reload } = resource;
  return (
    <>
      {refusal !== undefined && <ErrorNote refusal={refusal} what={what} onRetry={reload} />}
      {isLoading && <Skeleton />}
      {data !== undefined && children(data)}
    </>
  );
}
