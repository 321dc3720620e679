import { computed, signal } from '@preact/signals';
import type { PageSession, Permissions, SignIn } from '../../../src/page/wire.ts';
import { ask } from './ask.ts';
import { asRefusal, type Refusal } from './refusal.ts';
import { signedOut, signIns } from './signed-out.ts';

const SESSION = '/api/slipway/v1/session';

interface Known {
  readonly value?: PageSession;
  readonly refusal?: Refusal;
}

/** Who looks, as the server has it; nothing before it was asked. */
export const session = signal<Known>({});

const NOTHING: Permissions = {
  read: false,
  runTasks: false,
  openShells: false,
  buildImages: false,
  manageWorkers: false,
  administer: false,
};

/** What who looks may do: a button for what they may not is not shown. The server checks each request all the same. */
export const may = computed<Permissions>(() => session.value.value?.may ?? NOTHING);

/** Whether the page has nothing to show without somebody signed in. */
export const asksForSignIn = computed(() => {
  const { value } = session.value;
  return value !== undefined && (signedOut.value || !value.may.read);
});

let begunWith: string | undefined;

/** The version of the server that is there now, where it is another one than this page came from. */
export const newVersion = computed(() => {
  const version = session.value.value?.version;
  begunWith ??= version;
  return version === begunWith ? undefined : version;
});

/** Who was signed in is so no longer, and did not sign out. */
export const hasEnded = signal(false);

// Answers overtake each other: what was asked before somebody signed in or out, or before the last question, says nothing of now.
let lastQuestion = 0;

/** Asks who looks. */
export async function loadSession(): Promise<void> {
  const wasSignedIn = session.value.value?.expiresAt !== undefined && !signedOut.value;
  const question = ++lastQuestion;
  try {
    const value = await ask<PageSession>(SESSION);
    if (question !== lastQuestion) return;
    if (wasSignedIn) hasEnded.value = value.expiresAt === undefined;
    session.value = { value };
  } catch (error) {
    if (question === lastQuestion) session.value = { ...session.value, refusal: asRefusal(error) };
  }
}

/** Signs in: from then on requests have the session's cookie. Throws `Refusal` where the server does not know the two. */
export async function signIn(credentials: SignIn): Promise<void> {
  const before = signedOut.value;
  try {
    const value = await ask<PageSession>(SESSION, { method: 'POST', body: credentials });
    lastQuestion += 1;
    signIns.value += 1;
    session.value = { value };
    signedOut.value = false;
    hasEnded.value = false;
  } catch (error) {
    // That somebody else is unknown says nothing of who looks now.
    signedOut.value = before;
    throw error;
  }
}

/** Ends the session, here and on the server. */
export async function signOut(): Promise<void> {
  await ask<undefined>(SESSION, { method: 'DELETE' });
  await leave();
}

/** The session was ended on the server by whoever looks: they are nobody from now on. */
export async function leave(): Promise<void> {
  signedOut.value = true;
  await loadSession();
}
