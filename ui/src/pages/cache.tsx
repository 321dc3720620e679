import { getCache, listRefs } from '../api/cache.ts';
import { useList } from '../api/use-list.ts';
import { useResource } from '../api/use-resource.ts';
import { CacheFigures } from '../cache/cache-figures.tsx';
import { pullCommand } from '../cache/folders.ts';
import { RefTable } from '../cache/ref-table.tsx';
import { RefTrail } from '../cache/ref-trail.tsx';
import { useRowKeys } from '../keys/row-keys.ts';
import { CommandLine } from '../parts/command-line.tsx';
import { Empty } from '../parts/empty.tsx';
import { filterOf, SearchFilter } from '../parts/filters.tsx';
import { MoreOf } from '../parts/more-of.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { ResourceView } from '../parts/resource-view.tsx';
import '../cache/cache.css';

/** `/cache` (`?prefix=`): what the artifact cache holds, and how often it helped. */
export function Cache() {
  const resource = useResource('cache', getCache, { changes: [{ kind: 'cache' }] });
  return (
    <>
      <PageHead title="Artifact cache" />
      <ResourceView resource={resource} what="The cache could not be loaded">
        {(cache) => <CacheFigures cache={cache} />}
      </ResourceView>
      {/* Where there is no cache, there are no refs to ask for. */}
      {resource.data !== undefined && <Refs />}
    </>
  );
}

const PAGE_SIZE = 200;

function Refs() {
  const prefix = filterOf('prefix') ?? '';
  const list = useList(prefix, (question) => listRefs(prefix, question), {
    pageSize: PAGE_SIZE,
    changes: [{ kind: 'cache' }],
  });
  useRowKeys();
  return (
    <section class="block" aria-labelledby="refs-title">
      <div class="block-head">
        <h2 id="refs-title">Refs</h2>
      </div>
      <div class="filters">
        <SearchFilter name="prefix" label="Refs that begin with …" />
        <RefTrail prefix={prefix} />
      </div>
      <ResourceView
        resource={{ ...list, ...(list.items !== undefined && { data: list.items }) }}
        what="The refs could not be loaded"
      >
        {(refs) =>
          refs.length === 0 ? (
            <NoRefs prefix={prefix} />
          ) : (
            <>
              <RefTable refs={refs} prefix={prefix} isWhole={!list.hasMore} />
              <MoreOf list={list} what="refs" />
            </>
          )
        }
      </ResourceView>
    </section>
  );
}

const NoRefs = ({ prefix }: { readonly prefix: string }) =>
  prefix === '' ? (
    <Empty title="Nothing was published here yet.">
      <p>
        Builds with <code>--cache</code> and <code>slipway cache push</code> bring artifacts; a machine that
        has none pulls them:
      </p>
      <CommandLine
        text={pullCommand('project/element/KEY', location.origin)}
        label="Copy the command that pulls a ref"
      />
    </Empty>
  ) : (
    <Empty title={`No ref begins with “${prefix}”.`} />
  );
