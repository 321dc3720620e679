import './sign-in.css';
import { useState } from 'preact/hooks';
import { asRefusal, type Refusal } from '../api/refusal.ts';
import { hasEnded, session, signIn } from '../api/session.ts';
import { signedOut } from '../api/signed-out.ts';
import { Mark } from '../layout/mark.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { backOf } from '../router/back.ts';
import { here } from '../router/location.ts';
import type { PageProps } from '../router/routes.ts';
import { useGoOn } from '../router/use-go-on.ts';

/** `/sign-in` (`?back=ADDRESS`): who looks says who they are. */
export function SignIn(_props: PageProps) {
  const [refusal, setRefusal] = useState<Refusal>();
  const [isBusy, setBusy] = useState(false);
  const goOn = useGoOn();
  const { value } = session.value;
  const isNoReader = value?.expiresAt !== undefined && !value.may.read && !signedOut.value;
  const send = async (form: HTMLFormElement): Promise<void> => {
    const fields = new FormData(form);
    setBusy(true);
    setRefusal(undefined);
    try {
      await signIn({
        clientId: String(fields.get('clientId')).trim(),
        accessToken: String(fields.get('accessToken')).trim(),
      });
      goOn(backOf(here.value.query.get('back'), window.location.origin), { replace: true });
    } catch (error) {
      setRefusal(asRefusal(error));
      setBusy(false);
    }
  };
  return (
    <main class="sign-in">
      <div class="brand">
        <Mark />
        Slipway
      </div>
      <PageHead title="Sign in" />
      {hasEnded.value && <p role="status">Your session has ended. Sign in to go on where you were.</p>}
      {isNoReader && (
        <p role="status">
          The client <code>{value.clientId}</code> is signed in, and may not look at this page: it takes a
          role, or the scopes of one.
        </p>
      )}
      <form
        class="sign-in-form panel"
        onSubmit={(event) => {
          event.preventDefault();
          void send(event.currentTarget);
        }}
      >
        <label class="field">
          <span>Client</span>
          <input
            class="input"
            name="clientId"
            autocomplete="username"
            autocapitalize="none"
            spellcheck={false}
            required
          />
        </label>
        <label class="field">
          <span>Access token</span>
          <input class="input" name="accessToken" type="password" autocomplete="current-password" required />
        </label>
        {refusal !== undefined && (
          <p class="field-refusal" role="alert">
            {refusal.status === 401 ? 'The server knows no such client with this token.' : refusal.message}
          </p>
        )}
        <button type="submit" class="button primary" disabled={isBusy}>
          Sign in
        </button>
      </form>
      <p class="dim small">
        {session.value.value?.access === 'open' ? (
          <>
            This server is open to this machine: <a href="/">go on without signing in</a>.
          </>
        ) : (
          <>
            Clients and their tokens are in the server’s clients file. A server that made it at its first
            start printed the token of <code>admin</code> then.
          </>
        )}
      </p>
    </main>
  );
}
