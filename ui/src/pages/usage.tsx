import { PageHead } from '../parts/page-head.tsx';
import type { PageProps } from '../router/routes.ts';

/** `/usage`: what was used in a time, by project. */
export function Usage(_props: PageProps) {
  return <PageHead title="Usage" />;
}
