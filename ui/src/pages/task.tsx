import { PageHead } from '../parts/page-head.tsx';
import type { PageProps } from '../router/routes.ts';

/** `/tasks/ID` (`?run=N`, `#L120-L140`): one task: its runs, steps, log, artifacts and what can be done with it. */
export function Task(_props: PageProps) {
  return <PageHead title="Task" />;
}
