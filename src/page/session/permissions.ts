import { holdsAny, satisfies } from '../../auth/index.ts';
import type { Permissions } from '../wire.ts';

/** Who opens a shell reads the artifact that tells of it. */
const SHELL = 'queue:get-artifact:private/docker-worker/shell.html';

/** What a page has something for, of what scopes allow. Who may something for some tasks is shown it for all. */
export const permissionsOf = (scopes: readonly string[]): Permissions => ({
  read: satisfies(scopes, { AnyOf: ['runs:read', 'queue:list-tasks'] }),
  runTasks: holdsAny(scopes, 'queue:create-task:'),
  openShells: satisfies(scopes, SHELL),
  buildImages: holdsAny(scopes, 'builds:create:'),
  manageWorkers: holdsAny(scopes, 'queue:quarantine-worker:'),
  administer: satisfies(scopes, 'slipway:backup'),
});
