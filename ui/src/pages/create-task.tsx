import { PageHead } from '../parts/page-head.tsx';
import type { PageProps } from '../router/routes.ts';

/** `/tasks/new`: the form that creates a task. */
export function CreateTask(_props: PageProps) {
  return <PageHead title="New task" />;
}
