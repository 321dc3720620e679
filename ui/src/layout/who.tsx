import { useState } from 'preact/hooks';
import { asRefusal } from '../api/refusal.ts';
import { session, signOut } from '../api/session.ts';

/** Who is signed in, and the way out or in. */
export function Who() {
  const { value } = session.value;
  const [refused, setRefused] = useState<string>();
  if (value === undefined) return null;
  if (value.expiresAt === undefined) {
    return (
      <div class="who">
        <span class="who-name" title="Only this machine reaches the server, so that nobody has to sign in.">
          {value.access === 'open' ? 'Open to this machine' : value.clientId}
        </span>
        <a class="quiet-link" href="/sign-in">
          Sign in
        </a>
      </div>
    );
  }
  const leave = (): void => {
    signOut().catch((error: unknown) => setRefused(asRefusal(error).message));
  };
  return (
    <div class="who">
      <a class="who-name" href="/sessions" title={`Where ${value.clientId} is signed in`}>
        {value.clientId}
        {value.role !== undefined && value.role !== value.clientId && <span class="dim"> {value.role}</span>}
      </a>
      <button type="button" class="quiet-link" onClick={leave}>
        Sign out
      </button>
      {refused !== undefined && <span role="alert">{refused}</span>}
    </div>
  );
}
