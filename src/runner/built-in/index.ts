import type { BuiltIn } from './built-in.ts';
import { dockerBuild } from './docker-build.ts';
import { dockerKill } from './docker-kill.ts';
import { dockerPush } from './docker-push.ts';
import { dockerRun } from './docker-run.ts';
import { dockerScratchPush } from './docker-scratch-push.ts';
import { publishStepOfSource } from './publish-step.ts';
import { shell } from './shell.ts';
import { storeContainer } from './store-container.ts';
import { watch } from './watch.ts';

export { type BuiltIn, type BuiltInRun, PASSED, print } from './built-in.ts';

/** By the id that a file writes. */
export const BUILT_IN: ReadonlyMap<string, BuiltIn> = new Map<string, BuiltIn>([
  ['internal/docker-build', dockerBuild],
  ['internal/docker-kill', dockerKill],
  ['internal/docker-push', dockerPush],
  ['internal/docker-run', dockerRun],
  ['internal/docker-scratch-push', dockerScratchPush],
  ['internal/publish-step', publishStepOfSource],
  ['internal/shell', shell],
  ['internal/store-container', storeContainer],
  ['internal/watch', watch],
]);
