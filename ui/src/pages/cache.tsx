import { PageHead } from '../parts/page-head.tsx';
import type { PageProps } from '../router/routes.ts';

/** `/cache`: what the artifact cache has: sizes, hit rate, refs. */
export function Cache(_props: PageProps) {
  return <PageHead title="Cache" />;
}
