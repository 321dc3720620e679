import { PageHead } from '../parts/page-head.tsx';
import type { PageProps } from '../router/routes.ts';

/** `/sign-in` (`?back=ADDRESS`): who looks says who they are. */
export function SignIn(_props: PageProps) {
  return <PageHead title="Sign in" />;
}
