import { PageHead } from '../parts/page-head.tsx';
import type { PageProps } from '../router/routes.ts';

/** `/groups/ID`: the tasks of a group: what depends on what, and when each ran. */
export function Group(_props: PageProps) {
  return <PageHead title="Group" />;
}
