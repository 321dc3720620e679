import { PageHead } from '../parts/page-head.tsx';
import type { PageProps } from '../router/routes.ts';

/** `/images`: builds of images, and the form that starts one. */
export function Images(_props: PageProps) {
  return <PageHead title="Images" />;
}
