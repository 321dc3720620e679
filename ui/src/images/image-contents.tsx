import { useState } from 'preact/hooks';
import { getReport, type ImagePackage, type ImageReport } from '../api/builds.ts';
import { useResource } from '../api/use-resource.ts';
import { Bytes } from '../parts/bytes.tsx';
import { Choice } from '../parts/choice.tsx';
import { type Column, DataTable } from '../parts/data-table.tsx';
import { Empty } from '../parts/empty.tsx';
import { bytesText, countText } from '../parts/format.ts';
import { Icon } from '../parts/icon.tsx';
import { Meter } from '../parts/meter.tsx';
import { ResourceView } from '../parts/resource-view.tsx';

/** What is in an image that was built: layers and packages. */
export function ImageContents({ buildId }: { readonly buildId: string }) {
  const resource = useResource(buildId, (signal) => getReport(buildId, signal));
  return (
    <section class="block" aria-labelledby="contents-title">
      <div class="block-head">
        <h2 id="contents-title">Contents</h2>
      </div>
      {resource.refusal?.status === 404 ? (
        <Empty title="There is no report of this image." />
      ) : (
        <ResourceView resource={resource} what="The report of the image could not be loaded">
          {(report) => <Report report={report} />}
        </ResourceView>
      )}
    </section>
  );
}

const COLUMNS: readonly Column<ImagePackage>[] = [
  { title: 'Package', kind: 'main', cell: ({ name }) => <strong>{name}</strong> },
  { title: 'Version', cell: ({ version }) => version },
  { title: 'Licence', cell: ({ license }) => license ?? '–' },
  { title: 'From', cell: ({ isAdded }) => (isAdded ? 'this build' : 'the source') },
  {
    title: 'Size',
    kind: 'number',
    cell: ({ sizeBytes }) => (sizeBytes === undefined ? '–' : <Bytes value={sizeBytes} />),
  },
];

const MOST_SHOWN = 200;
type Which = 'added' | 'all';

const Report = ({ report }: { readonly report: ImageReport }) => (
  <>
    <Sizes report={report} />
    {report.packages.length === 0 ? (
      <Empty title="No packages were found in it." />
    ) : (
      <Packages report={report} />
    )}
  </>
);

function Packages({ report }: { readonly report: ImageReport }) {
  const [text, setText] = useState('');
  const [which, setWhich] = useState<Which>(report.packages.some(({ isAdded }) => isAdded) ? 'added' : 'all');
  const wanted = text.trim().toLowerCase();
  const found = report.packages
    .filter(({ name, isAdded }) => (which === 'all' || isAdded) && name.toLowerCase().includes(wanted))
    .toSorted((a, b) => (b.sizeBytes ?? 0) - (a.sizeBytes ?? 0));
  return (
    <>
      <div class="filters">
        <Choice
          label="Which packages"
          options={[
            { value: 'added', title: 'Added' },
            { value: 'all', title: 'All' },
          ]}
          value={which}
          onChoose={setWhich}
        />
        <search class="search">
          <Icon name="search" />
          <input
            type="search"
            class="input"
            aria-label="Packages whose name has"
            placeholder="Packages whose name has …"
            value={text}
            onInput={({ currentTarget }) => setText(currentTarget.value)}
          />
        </search>
        <span class="dim small" role="status">
          {countText(found.length)} {found.length === 1 ? 'package' : 'packages'}
        </span>
      </div>
      {found.length > 0 && (
        <DataTable
          label="Packages"
          columns={COLUMNS}
          items={found.slice(0, MOST_SHOWN)}
          idOf={({ purl }) => purl}
        />
      )}
      {found.length > MOST_SHOWN && (
        <p class="table-more">The largest {MOST_SHOWN} are shown; search for others.</p>
      )}
    </>
  );
}

const Sizes = ({ report: { sizeBytes, addedBytes, layers } }: { readonly report: ImageReport }) => (
  <div class="figures block-figures">
    <div class="figure">
      <span class="figure-name">Image</span>
      <span class="figure-value">
        <Bytes value={sizeBytes} />
      </span>
      <span class="figure-note">
        {layers.length} layers, {layers.filter(({ isAdded }) => isAdded).length} of them added
      </span>
    </div>
    <div class="figure">
      <span class="figure-name">Added by this build</span>
      <span class="figure-value">
        <Bytes value={addedBytes} />
      </span>
      <Meter value={addedBytes} most={sizeBytes} label={`of ${bytesText(sizeBytes)}`} />
    </div>
  </div>
);
