import { PageHead } from '../parts/page-head.tsx';
import type { PageProps } from '../router/routes.ts';

/** `/runs`: the runs that are recorded here. */
export function Runs(_props: PageProps) {
  return <PageHead title="Runs" />;
}
