import { Component, type ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { asRefusal, Refusal } from '../api/refusal.ts';
import { NotFound } from '../pages/not-found.tsx';
import { ErrorNote } from '../parts/error-note.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { Skeleton } from '../parts/skeleton.tsx';
import { loadPart } from './load-part.ts';
import { here } from './location.ts';
import { type Page, type PageRoute, routeOf } from './routes.ts';

const loaded = new Map<PageRoute, Page>();
const loading = new Map<PageRoute, Promise<Page>>();

/** Loads the program's part for a page, once: also for those who ask while it is on its way. */
function loadPage(route: PageRoute): Promise<Page> {
  const begun = loading.get(route);
  if (begun !== undefined) return begun;
  const page = loadPart(route.load).then(
    (found) => {
      loaded.set(route, found);
      return found;
    },
    (error: unknown) => {
      loading.delete(route);
      throw error;
    },
  );
  loading.set(route, page);
  return page;
}

/** Begins to load the part for the page that is going to be shown: beside the question who looks, and not behind it. */
export function preloadPage(): void {
  const found = routeOf(here.value.path);
  // What goes wrong is told by the page itself, which loads it again.
  if (found !== undefined) loadPage(found.route).catch(() => {});
}

/** The page of the address that is shown. */
export function RoutedPage() {
  const { path } = here.value;
  const found = routeOf(path);
  if (found === undefined) return <NotFound />;
  const { route, params } = found;
  return (
    // Another page, or the same one of something else, begins anew.
    <Guard key={path}>
      <LoadedPage key={route.path} route={route} params={params} />
    </Guard>
  );
}

type LoadedProps = ReturnType<typeof routeOf> & object;

function LoadedPage({ route, params }: LoadedProps) {
  const [page, setPage] = useState(() => loaded.get(route));
  const [refusal, setRefusal] = useState<Refusal>();
  useEffect(() => {
    if (page !== undefined) return;
    loadPage(route).then(
      (found) => setPage(() => found),
      // What a browser says of it names files, which mean nothing to people.
      () => setRefusal(new Refusal('Its files did not come.', { status: 0 })),
    );
  }, [route, page]);
  if (refusal !== undefined) {
    return (
      <>
        <PageHead title="Not loaded" />
        <ErrorNote
          refusal={refusal}
          what="This part of the page could not be loaded"
          hint="The server cannot be reached, or is another version by now: load the page again."
          action="Load again"
          onRetry={() => window.location.reload()}
        />
      </>
    );
  }
  if (page === undefined) return <Skeleton lines={6} />;
  const Shown = page;
  return <Shown params={params} />;
}

/** Shows what a page threw in its place, and leaves the navigation. */
class Guard extends Component<{ children: ComponentChildren }, { error?: unknown }> {
  override state: { error?: unknown } = {};

  override componentDidCatch(error: unknown): void {
    this.setState({ error });
  }

  override render() {
    const { error } = this.state;
    if (error === undefined) return this.props.children;
    return (
      <ErrorNote
        refusal={asRefusal(error)}
        what="This page broke"
        hint="Load it again; what runs on the server goes on."
        action="Load again"
        onRetry={() => location.reload()}
      />
    );
  }
}
