import { PageHead } from '../parts/page-head.tsx';
import type { PageProps } from '../router/routes.ts';

/** `/runs/ID`: one recorded run: its steps, log, timeline and artifacts. */
export function Run(_props: PageProps) {
  return <PageHead title="Run" />;
}
