import { LocationProvider, lazy, Route, Router } from 'preact-iso';

const Runs = lazy(async () => (await import('./pages/runs.tsx')).Runs);

/** The page: what is shown at which address. */
export function App() {
  return (
    <LocationProvider>
      <Router>
        <Route path="/runs" component={Runs} />
      </Router>
    </LocationProvider>
  );
}
