import { Empty } from '../parts/empty.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { here } from '../router/location.ts';

/** Where no page is. */
export const NotFound = () => (
  <>
    <PageHead title="Nothing here" />
    <Empty title={`There is no page at ${here.value.path}.`}>
      <p>
        Begin at the <a href="/">overview</a>.
      </p>
    </Empty>
  </>
);
