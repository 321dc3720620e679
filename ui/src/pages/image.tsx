import { type Build, buildLogAddress, cancelBuild, getBuild } from '../api/builds.ts';
import { may } from '../api/session.ts';
import { useResource } from '../api/use-resource.ts';
import { againHref } from '../images/begin-build.ts';
import { BuildFacts } from '../images/build-facts.tsx';
import { ImageContents } from '../images/image-contents.tsx';
import { LogView } from '../log/log-view.tsx';
import { useOpenLog } from '../log/use-open-log.ts';
import { ConfirmButton } from '../parts/confirm-button.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { ResourceView } from '../parts/resource-view.tsx';
import { StateBadge } from '../parts/state-badge.tsx';
import { Age, Duration } from '../parts/time.tsx';
import type { PageProps } from '../router/routes.ts';
import '../images/images.css';

const isOver = ({ state }: Build): boolean => !['queued', 'running'].includes(state);

/** `/images/ID`: one build of an image, with its log while it goes on and what came of it. */
export function Image({ params }: PageProps) {
  const id = params['buildId'] ?? '';
  const resource = useResource(id, (signal) => getBuild(id, signal), {
    changes: [{ kind: 'build', buildId: id }],
  });
  const { data: build } = resource;
  return (
    <>
      <PageHead
        title={build?.target ?? id}
        trail={<a href="/images">Images</a>}
        beside={build && <StateBadge state={build.state} note={build.phase} />}
        facts={build && <Facts build={build} />}
        actions={build && <Actions build={build} onChanged={resource.reload} />}
      />
      <ResourceView
        resource={resource}
        what="The build could not be loaded"
        absent={`There is no build ${id} here`}
      >
        {(shown) => <Shown build={shown} />}
      </ResourceView>
    </>
  );
}

const Facts = ({ build }: { readonly build: Build }) => (
  <>
    {build.kind !== undefined && <span>{build.kind}</span>}
    <span>for {build.user}</span>
    <span>
      requested <Age at={build.createdAt} />
    </span>
    {build.startedAt !== undefined && (
      <span>
        {isOver(build) ? 'took ' : 'for '}
        <Duration from={build.startedAt} to={build.endedAt} />
      </span>
    )}
  </>
);

function Actions({ build, onChanged }: { readonly build: Build; readonly onChanged: () => void }) {
  if (!may.value.buildImages) return null;
  if (isOver(build)) {
    return (
      <a class="button" href={againHref(build.id)}>
        Build again
      </a>
    );
  }
  const cancel = async (): Promise<void> => {
    await cancelBuild(build.id);
    onChanged();
  };
  return (
    <ConfirmButton
      tone="danger"
      question="Cancel this build? What it made until now is lost."
      answer="Cancel build"
      onConfirm={cancel}
    >
      Cancel build
    </ConfirmButton>
  );
}

function Shown({ build }: { readonly build: Build }) {
  return (
    <>
      {build.reason !== undefined && (
        <p class="reason" role="status">
          <strong>{build.reason}</strong>
          <span>{build.message}</span>
        </p>
      )}
      <BuildLog build={build} />
      {build.state === 'succeeded' && <ImageContents buildId={build.id} />}
      <BuildFacts build={build} />
    </>
  );
}

function BuildLog({ build }: { readonly build: Build }) {
  const address = buildLogAddress(build.id);
  const log = useOpenLog(address);
  return (
    <section class="block" aria-labelledby="log-title">
      <div class="block-head">
        <h2 id="log-title">Log</h2>
      </div>
      {log !== undefined && (
        <LogView
          log={log}
          label="Log of the build"
          rawUrl={`${address}?follow=false`}
          fileName={`${build.jobName}.log`}
          isLive={!isOver(build)}
        />
      )}
    </section>
  );
}
