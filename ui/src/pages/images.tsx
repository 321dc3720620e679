import { type Capabilities, getCapabilities, listBuilds } from '../api/builds.ts';
import { may } from '../api/session.ts';
import { useList } from '../api/use-list.ts';
import { useResource } from '../api/use-resource.ts';
import { beginBuild } from '../images/begin-build.ts';
import { BuildTable } from '../images/build-table.tsx';
import { NewBuild } from '../images/new-build.tsx';
import { useRowKeys } from '../keys/row-keys.ts';
import { Empty } from '../parts/empty.tsx';
import { filterOf, SelectFilter } from '../parts/filters.tsx';
import { Icon } from '../parts/icon.tsx';
import { MoreOf } from '../parts/more-of.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { ResourceView } from '../parts/resource-view.tsx';
import { here, setQuery } from '../router/location.ts';
import '../images/images.css';

const STATES = ['queued', 'running', 'succeeded', 'failed', 'cancelled'] as const;

/** `/images` (`?state=`, `?new=yes` opens the form, `&again=ID` with what that build was asked for): the builds of images, and the form that starts one. */
export function Images() {
  const { query } = here.value;
  const isFormOpen = query.has('new');
  const capabilities = useResource('capabilities', getCapabilities);
  return (
    <>
      <PageHead
        title="Images"
        actions={
          may.value.buildImages &&
          !isFormOpen && (
            <button type="button" class="button primary" onClick={() => setQuery({ new: 'yes' })}>
              New build
            </button>
          )
        }
      />
      {capabilities.data?.backend.isWell === false && (
        <p class="notice warning">
          <Icon name="alert" /> Nothing can be built now: {capabilities.data.backend.about}
        </p>
      )}
      {isFormOpen && may.value.buildImages && (
        <Form builders={capabilities.data?.builders ?? []} again={query.get('again')} />
      )}
      <Builds state={filterOf('state')} />
    </>
  );
}

interface FormProps {
  readonly builders: Capabilities['builders'];
  readonly again: string | null;
}

function Form({ builders, again }: FormProps) {
  const resource = useResource(again ?? '', (signal) => beginBuild(again, signal));
  return (
    <ResourceView resource={resource} what="The build that is to be made again could not be loaded">
      {(beginning) => (
        <NewBuild
          key={again}
          builders={builders}
          beginning={beginning}
          onClose={() => setQuery({ new: undefined, again: undefined })}
        />
      )}
    </ResourceView>
  );
}

function Builds({ state }: { readonly state: string | undefined }) {
  const list = useList(state ?? '', (question) => listBuilds({ state }, question), {
    changes: [{ kind: 'build' }],
  });
  useRowKeys();
  return (
    <>
      <div class="filters">
        <SelectFilter name="state" label="State" all="All states" options={STATES} />
      </div>
      <ResourceView
        resource={{ ...list, ...(list.items !== undefined && { data: list.items }) }}
        what="The builds could not be loaded"
      >
        {(builds) =>
          builds.length === 0 ? (
            <NoBuilds isFiltered={state !== undefined} />
          ) : (
            <>
              <BuildTable builds={builds} />
              <MoreOf list={list} what="builds" />
            </>
          )
        }
      </ResourceView>
    </>
  );
}

const NoBuilds = ({ isFiltered }: { readonly isFiltered: boolean }) =>
  isFiltered ? (
    <Empty title="No build is in this state." />
  ) : (
    <Empty title="No image was built here yet.">
      <p>A build extends an image with what a requirement file lists, and pushes it to the registry.</p>
    </Empty>
  );
