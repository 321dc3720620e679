import { signal } from '@preact/signals';

/** The server said that it does not know who asks: whoever looks has to sign in. */
export const signedOut = signal(false);
