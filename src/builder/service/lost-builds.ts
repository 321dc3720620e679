import type { Duty, Owner } from '../../kernel/index.ts';
import { isGone } from '../../kernel/index.ts';
import type { ClaimedBuild, Ending } from '../records/claims.ts';
import { endLog } from './briefly.ts';
import type { DeskParts } from './build-desk.ts';
import { tryRemoveLeftovers } from './remove-builds.ts';

/** How a server is named in the database: what tells whether it is gone, and which of its process's it is. */
export const serverName = (owner: Owner, instance: string): string => JSON.stringify({ ...owner, instance });

/** Whether a server is gone for sure: its process was on this machine, and is not there any more. */
function isServerGone(server: string): boolean {
  const owner: Owner = JSON.parse(server); // written by a server of ours
  return isGone(owner);
}

const endingOf = ({ cancelAsked, attempts }: ClaimedBuild): Ending =>
  cancelAsked
    ? { state: 'cancelled', reason: 'cancelled', message: 'The build was cancelled' }
    : {
        state: 'failed',
        reason: 'server-lost',
        message: `The servers that ran the build were lost, ${attempts} times: start it again`,
      };

/** Begins builds once more whose server was lost, or ends them where that happened often enough. */
export function takeOverLost(parts: DeskParts): Duty {
  const { settings, claims, news, tell } = parts;

  async function takeOver(build: ClaimedBuild): Promise<void> {
    if (!build.cancelAsked && build.attempts < settings.maxAttempts) {
      if (await claims.queueAgain(build)) news.queued(build.id);
      return;
    }
    const stored = await claims.endLost(build, endingOf(build));
    if (stored === undefined) return; // it was not lost, or another server was faster
    news.ended(stored.id);
    tell.ended(stored);
    await endLog(settings, stored.id);
    void tryRemoveLeftovers(parts); // it may go on without its server
  }

  return async () => {
    for (const build of await claims.lost(isServerGone)) await takeOver(build);
    return await claims.nextLapse();
  };
}
