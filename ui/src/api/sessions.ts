import type { PageSessions } from '../../../src/page/wire.ts';
import { ask } from './ask.ts';
import { leave } from './session.ts';
import { OWN_API } from './tasks.ts';

const SESSIONS = `${OWN_API}/sessions`;

/** The sessions of whoever looks. */
export const listSessions = (signal?: AbortSignal): Promise<PageSessions> =>
  ask<PageSessions>(SESSIONS, { signal });

/** Ends one of them that is not this one. */
export const endSession = (sessionId: string): Promise<undefined> =>
  ask<undefined>(`${SESSIONS}/${encodeURIComponent(sessionId)}`, { method: 'DELETE' });

/** Ends all of them: whoever looks is asked to sign in. */
export async function endAllSessions(): Promise<void> {
  await ask<undefined>(SESSIONS, { method: 'DELETE' });
  await leave();
}
