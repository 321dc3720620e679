import { PageHead } from '../parts/page-head.tsx';
import type { PageProps } from '../router/routes.ts';

/** `/images/ID`: one build of an image. */
export function Image(_props: PageProps) {
  return <PageHead title="Image" />;
}
