import { signal } from '@preact/signals';

/** The server said that it does not know who asks: whoever looks has to sign in. */
export const signedOut = signal(false);

/** How often the server refused something to who asked: their session may have ended, after which they are nobody. */
export const doubts = signal(0);

/** How often somebody signed in here: what the server said to who asked before says nothing of who asks now. */
export const signIns = signal(0);
