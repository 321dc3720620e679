import type { Clock, Database, Row } from '../../database/index.ts';
import { QueueError } from '../error.ts';
import { pageOf, startOf } from '../lists/pages.ts';
import type { Queue, TaskGroup } from '../queue.ts';
import { GROUP, GROUP_MEMBERS, GROUP_PAGE, SEAL_GROUP } from '../sql/lists.ts';
import { type Decision, KEEP } from '../state/decision.ts';
import { iso, type Moment, type TaskRecord } from '../state/task-record.ts';
import * as transitions from '../state/transitions.ts';
import { persistently } from './persistently.ts';
import { type TaskStore, taskAndStatus } from './task-store.ts';

type GroupCalls = Pick<Queue, 'group' | 'groupTasks' | 'sealGroup' | 'cancelGroup' | 'changeGroupPriority'>;

// Tasks of a group that are changed at the same time.
const AT_ONCE = 200;

interface GroupRow extends Row {
  readonly task_group_id: string;
  readonly scheduler_id: string;
  readonly sealed: number | null;
  readonly expires: number;
  readonly last_expires: number | null;
}

/** What is asked of a group of tasks. */
export function createGroupCalls(database: Database, clock: Clock, store: TaskStore): GroupCalls {
  async function find(taskGroupId: string): Promise<TaskGroup | undefined> {
    const [row] = await database.query<GroupRow>(GROUP, [taskGroupId]);
    if (row === undefined) return undefined;
    const expires = Math.max(row.expires, row.last_expires ?? 0);
    if (expires <= clock.now()) return undefined;
    return {
      taskGroupId,
      schedulerId: row.scheduler_id,
      expires: iso(expires),
      ...(row.sealed !== null && { sealed: iso(row.sealed) }),
    };
  }

  async function existing(taskGroupId: string): Promise<TaskGroup> {
    const group = await find(taskGroupId);
    if (group !== undefined) return group;
    throw new QueueError('ResourceNotFound', `There is no task group ${taskGroupId}, or it has expired`);
  }

  /** Changes those of a group that can be; gives the size of the group and which ones were. */
  async function changeAll(
    taskGroupId: string,
    decide: (record: TaskRecord, moment: Moment) => Decision,
  ): Promise<{ taskGroupSize: number; taskIds: readonly string[] }> {
    const rows = await database.query(GROUP_MEMBERS, [taskGroupId]);
    const ids = rows.map((row) => String(row['task_id']));
    const changed: string[] = [];
    async function changeOne(taskId: string): Promise<void> {
      let isChanged = false;
      await store
        .change(taskId, (record, moment) => {
          const decision = decide(record, moment);
          isChanged = decision.kind === 'change';
          return decision.kind === 'refuse' ? KEEP : decision;
        })
        .catch((error: unknown) => {
          isChanged = false;
          if (!(error instanceof QueueError)) throw error; // it has just expired
        });
      if (isChanged) changed.push(taskId);
    }
    for (let i = 0; i < ids.length; i += AT_ONCE) await Promise.all(ids.slice(i, i + AT_ONCE).map(changeOne));
    return { taskGroupSize: ids.length, taskIds: changed };
  }

  return {
    group: find,
    async groupTasks(taskGroupId, page) {
      await existing(taskGroupId);
      const start = startOf(page, [-1, '']);
      const rows = await database.query(GROUP_PAGE, [taskGroupId, ...start.after, start.limit + 1]);
      return pageOf(rows, start, {
        show: taskAndStatus,
        keyOf: (row) => [Number(row['created_place']), String(row['task_id'])],
      });
    },
    async sealGroup(taskGroupId) {
      await existing(taskGroupId);
      await persistently(() => database.query(SEAL_GROUP, [taskGroupId, clock.now()]));
      return await existing(taskGroupId);
    },
    async cancelGroup(taskGroupId) {
      const { sealed } = await existing(taskGroupId);
      if (sealed === undefined) {
        throw new QueueError(
          'RequestConflict',
          `The group ${taskGroupId} is not sealed: seal it first, so that nothing is added while it is canceled`,
        );
      }
      return await changeAll(taskGroupId, transitions.cancel);
    },
    async changeGroupPriority(taskGroupId, priority) {
      await existing(taskGroupId);
      return await changeAll(taskGroupId, (record, moment) =>
        transitions.prioritise(record, priority, moment),
      );
    },
  };
}
