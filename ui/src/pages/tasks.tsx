import { PageHead } from '../parts/page-head.tsx';
import type { PageProps } from '../router/routes.ts';

/** `/tasks`: the tasks of the queue. */
export function Tasks(_props: PageProps) {
  return <PageHead title="Tasks" />;
}
