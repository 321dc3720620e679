import { PageHead } from '../parts/page-head.tsx';
import type { PageProps } from '../router/routes.ts';

/** `/queues`: the queues, how much waits in them, and what their workers do now. */
export function Queues(_props: PageProps) {
  return <PageHead title="Queues" />;
}
