import { SLUGID } from '../../queue-api/index.ts';

/** What a web socket is opened for. */
export interface ShellPath {
  readonly taskId: string;
  readonly runId: number;
  /** `offer`: by the worker; `token`: by who knows it; `scope`: by who may read the artifact that tells of it. */
  readonly as: 'offer' | 'token' | 'scope';
  readonly token?: string;
}

const PATH =
  /^\/api\/slipway\/v1\/task\/([A-Za-z0-9_-]{22})\/runs\/(0|[1-9]\d{0,2}|1000)\/shell(?:\/(offer|([A-Za-z0-9_-]{22})\/shell\.sock))?$/;

/** @param path - without its query */
export function parseShellPath(path: string): ShellPath | undefined {
  const [whole, taskId = '', runId = '', kind, token] = PATH.exec(path) ?? [];
  if (whole === undefined || !SLUGID.test(taskId)) return undefined;
  const run = { taskId, runId: Number(runId) };
  if (token !== undefined) return { ...run, as: 'token', token };
  return { ...run, as: kind === 'offer' ? 'offer' : 'scope' };
}
