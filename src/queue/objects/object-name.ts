import { SLUGID } from '../../queue-api/index.ts';

/** The artifact of a run. */
export interface OfRun {
  readonly taskId: string;
  readonly runId: number;
  readonly name: string;
}

const RUN_ID = /^(?:0|[1-9]\d{0,2}|1000)$/;
const OBJECT = /^t\/([^/]+)\/([^/]+)\/(.+)$/;

/** What the object of an artifact is called where objects are spoken of. */
export const objectName = ({ taskId, runId, name }: OfRun): string => `t/${taskId}/${runId}/${name}`;

/** Whose object a name is; `undefined`: that of no artifact. */
export function artifactOfObject(object: string): OfRun | undefined {
  const [, taskId = '', runId = '', name = ''] = OBJECT.exec(object) ?? [];
  if (!SLUGID.test(taskId) || !RUN_ID.test(runId)) return undefined;
  return { taskId, runId: Number(runId), name };
}
