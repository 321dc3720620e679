import type { Command } from './command.ts';
import { SUBMIT_BUILD_FLAGS } from './flags/submit.ts';
import {
  TASK_ARTIFACTS_FLAGS,
  TASK_CREATE_FLAGS,
  TASK_FLAGS,
  TASK_LIST_FLAGS,
  TASK_LOG_FLAGS,
  TASK_SHELL_FLAGS,
  TASK_STATUS_FLAGS,
} from './flags/task.ts';
import { WORKER_FLAGS } from './flags/worker.ts';

/** The commands of the queue: tasks, what is sent to the fleet, and the workers that run it; in the order of help. */
export const QUEUE_COMMANDS: readonly Command[] = [
  {
    name: 'submit',
    maxArguments: 0,
    about: 'send work to the fleet',
    flags: SUBMIT_BUILD_FLAGS,
    examples: ['slipway submit build', 'slipway submit build ./app --pipeline test'],
    subcommands: [
      {
        name: 'submit build',
        arguments: '[TARGET]',
        maxArguments: 1,
        about: 'run a pipeline of a folder on the fleet, follow its log, and fetch what it made',
        flags: SUBMIT_BUILD_FLAGS,
        examples: [
          'slipway submit build',
          'slipway submit build ./app --pipeline test --queue builders/linux',
        ],
        load: async () => (await import('./commands/submit-build.ts')).submitBuild,
      },
    ],
    load: async () => (await import('./commands/submit-build.ts')).submitBuild,
  },
  {
    name: 'task',
    maxArguments: 0,
    about: 'create tasks, watch them and take what they made',
    flags: TASK_FLAGS,
    examples: ['slipway task list', 'slipway task log TASK'],
    subcommands: [
      {
        name: 'task create',
        arguments: '[FILE | -- COMMAND...]',
        maxArguments: Number.POSITIVE_INFINITY,
        about: 'create a task from a definition in JSON or YAML, or from flags',
        flags: TASK_CREATE_FLAGS,
        examples: [
          'slipway task create task.yml',
          'slipway task create --image busybox --follow -- echo hello',
          'slipway task create --image debian:12 --artifact public/out.txt=/out.txt -- sh -c "date > /out.txt"',
        ],
        load: async () => (await import('./commands/task-create.ts')).taskCreate,
      },
      {
        name: 'task status',
        arguments: 'TASK',
        maxArguments: 1,
        about: 'say what became of a task and of its runs',
        flags: TASK_STATUS_FLAGS,
        examples: ['slipway task status TASK', 'slipway task status TASK --wait'],
        load: async () => (await import('./commands/task-status.ts')).taskStatus,
      },
      {
        name: 'task log',
        arguments: 'TASK',
        maxArguments: 1,
        about: 'print the log of a task, while it goes on or afterwards',
        flags: TASK_LOG_FLAGS,
        examples: ['slipway task log TASK', 'slipway task log TASK --run 0'],
        load: async () => (await import('./commands/task-log.ts')).taskLog,
      },
      {
        name: 'task shell',
        arguments: 'TASK [-- COMMAND...]',
        maxArguments: Number.POSITIVE_INFINITY,
        about: 'open a shell in the container of an interactive task',
        flags: TASK_SHELL_FLAGS,
        examples: ['slipway task shell TASK', 'slipway task shell TASK -- ps aux'],
        load: async () => (await import('./commands/task-shell.ts')).taskShell,
      },
      {
        name: 'task artifacts',
        arguments: 'TASK [NAME...]',
        maxArguments: Number.POSITIVE_INFINITY,
        about: 'list the artifacts of a task, or fetch them',
        flags: TASK_ARTIFACTS_FLAGS,
        examples: [
          'slipway task artifacts TASK',
          'slipway task artifacts TASK public/report.html --to ./out',
        ],
        load: async () => (await import('./commands/task-artifacts.ts')).taskArtifacts,
      },
      {
        name: 'task cancel',
        arguments: 'TASK...',
        maxArguments: Number.POSITIVE_INFINITY,
        about: 'end tasks before they have',
        flags: TASK_FLAGS,
        examples: ['slipway task cancel TASK'],
        load: async () => (await import('./commands/task-cancel.ts')).taskCancel,
      },
      {
        name: 'task rerun',
        arguments: 'TASK...',
        maxArguments: Number.POSITIVE_INFINITY,
        about: 'run tasks once more',
        flags: TASK_FLAGS,
        examples: ['slipway task rerun TASK'],
        load: async () => (await import('./commands/task-rerun.ts')).taskRerun,
      },
      {
        name: 'task list',
        maxArguments: 0,
        about: 'list tasks, newest first',
        flags: TASK_LIST_FLAGS,
        examples: ['slipway task list', 'slipway task list --group GROUP'],
        load: async () => (await import('./commands/task-list.ts')).taskList,
      },
    ],
    load: async () => (await import('./commands/task-list.ts')).taskList,
  },
  {
    name: 'worker',
    maxArguments: 0,
    about: 'run tasks of a queue on this machine',
    flags: WORKER_FLAGS,
    examples: ['slipway worker start --queue local/docker --worker-group local --worker-id one'],
    subcommands: [
      {
        name: 'worker start',
        maxArguments: 0,
        about: 'claim tasks and run them until it is stopped',
        flags: WORKER_FLAGS,
        examples: [
          'slipway worker start --queue local/docker --worker-group local --worker-id one',
          'slipway worker start --root-url https://queue.example.com --host aws --queue builders/linux --capacity 4',
        ],
        load: async () => (await import('./commands/worker-start.ts')).workerStart,
      },
    ],
    load: async () => (await import('./commands/worker-start.ts')).workerStart,
  },
];
