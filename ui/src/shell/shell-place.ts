/** Which shell an address asks for. */
export interface ShellPlace {
  readonly taskId: string;
  readonly runId: number;
  /** The web socket to open, always of the page's own server. */
  readonly socketUrl: string;
}

/** Why an address leads to no shell. */
export interface NoShell {
  readonly problem: 'no-task' | 'foreign';
  readonly taskId?: string;
  readonly runId?: number;
}

const TASK = /^[A-Za-z0-9_-]{22}$/;
const RUN = /^(?:0|[1-9]\d{0,2}|1000)$/;

const pathOf = (taskId: string, runId: number): string =>
  `/api/slipway/v1/task/${taskId}/runs/${runId}/shell`;

/**
 * Reads the query of `/shell/?v=1&socketUrl=…&taskId=…&runId=…`. Nothing is ever sent to where an address says: a socket that is
 * not this server's, and this task's, is refused; without one it is the route for whoever may open shells.
 *
 * @param page - where the page is
 */
export function shellPlace(page: Pick<URL, 'search' | 'origin'>): ShellPlace | NoShell {
  const query = new URLSearchParams(page.search);
  const taskId = query.get('taskId') ?? '';
  const run = query.get('runId') ?? '0';
  if (!(TASK.test(taskId) && RUN.test(run))) return { problem: 'no-task' };
  const runId = Number(run);
  const own = `${page.origin.replace(/^http/, 'ws')}${pathOf(taskId, runId)}`;
  const asked = query.get('socketUrl');
  if (asked === null || asked === '') return { taskId, runId, socketUrl: own };
  const isOwn = asked === own || new RegExp(`^${escaped(own)}/[A-Za-z0-9_-]{22}/shell\\.sock$`).test(asked);
  return isOwn ? { taskId, runId, socketUrl: asked } : { problem: 'foreign', taskId, runId };
}

const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** The page of a shell in a run of this server. */
export const shellHref = (taskId: string, runId: number): string =>
  `/shell/?${new URLSearchParams({ v: '1', taskId, runId: String(runId) })}`;
