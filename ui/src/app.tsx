import { useEffect } from 'preact/hooks';
import { followChanges } from './api/changes.ts';
import { asksForSignIn, loadSession, session } from './api/session.ts';
import { doubts } from './api/signed-out.ts';
import { Layout } from './layout/layout.tsx';
import { ErrorNote } from './parts/error-note.tsx';
import { followLinks } from './router/follow-links.ts';
import { go, here } from './router/location.ts';
import { RoutedPage } from './router/routed-page.tsx';
import { routeOf } from './router/routes.ts';

/** Where who is not signed in goes, and from where to come back. */
const SIGN_IN = '/sign-in';

/** The page: who asks, then the layout with what its address shows. */
export function App() {
  useEffect(() => void loadSession(), [doubts.value]);
  useEffect(followLinks, []);
  const { value, refusal } = session.value;
  const { path } = here.value;
  const isSignIn = path === SIGN_IN;
  const isBare = routeOf(path)?.route.isBare === true;
  const mustSignIn = asksForSignIn.value && !isSignIn;
  useEffect(() => {
    if (mustSignIn) go(signInAddress(), { replace: true });
  }, [mustSignIn]);
  const isLive = value?.may.read === true && !asksForSignIn.value;
  useEffect(() => (isLive ? followChanges() : undefined), [isLive]);
  if (refusal !== undefined && value === undefined) {
    return (
      <main class="alone">
        <ErrorNote refusal={refusal} what="The server was asked who you are" onRetry={loadSession} />
      </main>
    );
  }
  if (value === undefined || mustSignIn) return null;
  return isBare ? (
    <RoutedPage />
  ) : (
    <Layout>
      <RoutedPage />
    </Layout>
  );
}

function signInAddress(): string {
  const { path, search, hash } = here.value;
  const back = `${path}${search}${hash}`;
  return back === '/' ? SIGN_IN : `${SIGN_IN}?back=${encodeURIComponent(back)}`;
}
