import type { ProjectUsage, UsageAnswer } from '../../../src/page/wire.ts';
import { serverNow } from '../api/clock.ts';
import { getUsage } from '../api/usage.ts';
import { useResource } from '../api/use-resource.ts';
import { Choice } from '../parts/choice.tsx';
import { Empty } from '../parts/empty.tsx';
import { bytesText, countText, percentText } from '../parts/format.ts';
import { Icon } from '../parts/icon.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { ResourceView } from '../parts/resource-view.tsx';
import { here, setQuery } from '../router/location.ts';
import { download } from '../usage/download.ts';
import { type DayRange, lastDays, momentsOf, readRange } from '../usage/range.ts';
import { RangePicker } from '../usage/range-picker.tsx';
import { toCsv } from '../usage/to-csv.ts';
import { amountText, largestFirst, type Measure, totalOf } from '../usage/totals.ts';
import { UsageTable } from '../usage/usage-table.tsx';
import '../usage/usage.css';

const DEFAULT_DAYS = 30;
const MEASURES: readonly { readonly value: Measure; readonly title: string }[] = [
  { value: 'minutes', title: 'Minutes' },
  { value: 'runs', title: 'Runs' },
  { value: 'failedRuns', title: 'Failed' },
  { value: 'bytes', title: 'Stored' },
];

/** `/usage` (`?from=DAY&to=DAY`, `?by=`): what each project used. */
export function Usage() {
  const { query } = here.value;
  const range =
    readRange(query.get('from') ?? '', query.get('to') ?? '') ?? lastDays(DEFAULT_DAYS, serverNow());
  const resource = useResource(`${range.from} ${range.to}`, (signal) => getUsage(momentsOf(range), signal));
  const { data } = resource;
  return (
    <>
      <PageHead title="Usage" actions={data && <Exports usage={data} range={range} />} />
      <RangePicker range={range} />
      <ResourceView resource={resource} what="The usage could not be loaded">
        {({ projects }) =>
          projects.length === 0 ? (
            <Empty title="Nothing was run in these days." />
          ) : (
            <Shown projects={projects} by={measureOf(query.get('by'))} />
          )
        }
      </ResourceView>
    </>
  );
}

const measureOf = (text: string | null): Measure =>
  MEASURES.find(({ value }) => value === text)?.value ?? 'minutes';

function Shown({ projects, by }: { readonly projects: readonly ProjectUsage[]; readonly by: Measure }) {
  const total = totalOf(projects);
  const passed = total.runs === 0 ? 0 : 1 - total.failedRuns / total.runs;
  return (
    <>
      <div class="figures">
        <Figure name="Runs" value={countText(total.runs)} note={`${percentText(passed)} did not fail`} />
        <Figure name="Failed" value={countText(total.failedRuns)} note={`of ${countText(total.runs)}`} />
        <Figure
          name="Minutes"
          value={amountText(total.minutes)}
          note={`${amountText(total.minutes / 60)} hours of runs`}
        />
        <Figure name="Stored" value={bytesText(total.bytes)} note="artifacts and images" />
      </div>
      <section class="block" aria-labelledby="projects-title">
        <div class="block-head">
          <h2 id="projects-title">Projects</h2>
          <Choice
            label="Compare projects by"
            options={MEASURES}
            value={by}
            onChoose={(measure) => setQuery({ by: measure })}
          />
        </div>
        <UsageTable projects={largestFirst(projects, by)} by={by} />
      </section>
    </>
  );
}

const Figure = ({ name, value, note }: Readonly<Record<'name' | 'value' | 'note', string>>) => (
  <div class="figure">
    <span class="figure-name">{name}</span>
    <span class="figure-value">{value}</span>
    <span class="figure-note">{note}</span>
  </div>
);

function Exports({ usage, range }: { readonly usage: UsageAnswer; readonly range: DayRange }) {
  const name = `usage-${range.from}-${range.to}`;
  return (
    <>
      <button type="button" class="button" onClick={() => download(`${name}.csv`, 'text/csv', toCsv(usage))}>
        <Icon name="download" /> CSV
      </button>
      <button
        type="button"
        class="button"
        onClick={() => download(`${name}.json`, 'application/json', JSON.stringify(usage, null, 2))}
      >
        <Icon name="download" /> JSON
      </button>
    </>
  );
}
