import { PageHead } from '../parts/page-head.tsx';
import type { PageProps } from '../router/routes.ts';

/** `/shell/?v=1&socketUrl=…&taskId=…&runId=…`: a shell in a running task. A document of its own: its policy lets xterm.js style. */
export function Shell(_props: PageProps) {
  return <PageHead title="Shell" />;
}
