import {
  CacheError,
  commitTree,
  pushRefs,
  pushTargetName,
  type RemoteCache,
  sshCommand,
} from '../../cache/index.ts';
import type { BuildToSave, FindOptions, SavedBuild } from '../../runner/index.ts';
import type { OpenCache } from '../open-cache.ts';
import { type Caches, told } from './caches.ts';

/** Commits a build on this machine and sends it on. Throws `CacheError` for trouble on this machine; other trouble is told. */
export async function saveBuild(
  { open, environment, push }: Caches,
  { ref, parts, signal, onNotice }: BuildToSave,
): Promise<SavedBuild> {
  const { repository, remotes } = await open();
  await using staging = await repository.openStaging();
  const made = await commitTree(staging, parts, { subject: ref, signal });
  const { newBytes } = await staging.publish([{ ref, commit: made.commit }], { signal });
  const commit = (await repository.readRef(ref)) ?? made.commit; // of refs that are written once another one stays
  const pushedTo: string[] = [];
  for (const { push: target } of push ? await pushable(remotes, onNotice) : []) {
    if (target === undefined) continue;
    try {
      await pushRefs(repository, [{ ref, commit }], target, {
        ssh: sshCommand(environment),
        signal,
        onNotice: (text) => onNotice('info', text),
      });
      pushedTo.push(pushTargetName(target));
    } catch (error) {
      if (!(error instanceof CacheError)) throw error;
      onNotice('warning', `Kept on this machine only: ${told(error)}`);
    }
  }
  return { commit, newBytes, pushedTo };
}

/** The configured caches; none, with a notice, where the configuration is wrong: what was built is kept here all the same. */
async function pushable(
  remotes: OpenCache['remotes'],
  onNotice: FindOptions['onNotice'],
): Promise<readonly RemoteCache[]> {
  try {
    return await remotes();
  } catch (error) {
    if (!(error instanceof CacheError)) throw error;
    onNotice('warning', `Sent nowhere: ${told(error)}`);
    return [];
  }
}
