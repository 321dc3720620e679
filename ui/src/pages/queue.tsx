import { PageHead } from '../parts/page-head.tsx';
import type { PageProps } from '../router/routes.ts';

/** `/queues/PROVISIONER/TYPE`: one queue and its workers. */
export function Queue(_props: PageProps) {
  return <PageHead title="Queue" />;
}
