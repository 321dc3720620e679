/** What a client may that was given a role in the place of scopes. */
export type Role = keyof typeof ROLES;

/**
 * Of an artifact that not everybody may read: what pipelines store (`submit build --private`). `private/docker-worker/` is not
 * among it: who can read what is there opens a shell.
 */
const PRIVATE_OUTPUTS = ['logs/*', 'run/*', 'steps/*', 'output.tar'].map(
  (name) => `queue:get-artifact:private/${name}`,
);

/** Sees everything that the page shows, and changes nothing. */
const READER: readonly string[] = [
  'auth:current-scopes',
  'auth:expand-scopes',
  'builds:read:*',
  'cache:list',
  'index:find-task:*',
  'index:list-namespaces:*',
  'index:list-tasks:*',
  'metrics:read',
  'purge-cache:all-purge-requests',
  'queue:claimed-count:*',
  'queue:claimed-list:*',
  'queue:get-provisioner:*',
  'queue:get-task-queue:*',
  'queue:get-task:*',
  'queue:get-worker-type:*',
  'queue:get-worker:*',
  'queue:list-artifacts:*',
  'queue:list-dependent-tasks:*',
  'queue:list-provisioners',
  'queue:list-task-group:*',
  'queue:list-task-queues',
  'queue:list-tasks',
  'queue:list-worker-types:*',
  'queue:list-workers:*',
  'queue:pending-count:*',
  'queue:pending-list:*',
  'queue:status:*',
  'runs:read',
  'usage:read',
  ...PRIVATE_OUTPUTS,
];

/** Also starts, cancels and repeats what runs, opens shells, builds images, and keeps workers from work. No worker's scopes. */
const OPERATOR: readonly string[] = [
  ...READER,
  'assume:scheduler-id:*',
  'builds:*',
  'cache:pull:*',
  'cache:push:*',
  'index:insert-task:*',
  'index:delete-task:*',
  'purge-cache:*',
  'queue:cancel-task*',
  'queue:change-task-*',
  'queue:create-task:*',
  'queue:get-artifact:*',
  'queue:quarantine-worker:*',
  'queue:rerun-task*',
  'queue:route:*',
  'queue:schedule-task*',
  'queue:scheduler-id:*',
  'queue:seal-task-group:*',
];

const ROLES = { reader: READER, operator: OPERATOR, admin: ['*'] } as const;

/** Their names, the weakest first. */
export const ROLE_NAMES = Object.keys(ROLES) as readonly Role[]; // the type has exactly its keys

/** What a role may. */
export const scopesOfRole = (role: Role): readonly string[] => ROLES[role];
