import { PageHead } from '../parts/page-head.tsx';
import type { PageProps } from '../router/routes.ts';

/** `/`: what runs now, what failed lately, how much waits. */
export function Overview(_props: PageProps) {
  return <PageHead title="Overview" />;
}
