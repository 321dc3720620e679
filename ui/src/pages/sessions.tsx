import { useState } from 'preact/hooks';
import type { OpenSession } from '../../../src/page/wire.ts';
import { asRefusal } from '../api/refusal.ts';
import { session, signOut } from '../api/session.ts';
import { endAllSessions, endSession, listSessions } from '../api/sessions.ts';
import { useResource } from '../api/use-resource.ts';
import { ConfirmButton } from '../parts/confirm-button.tsx';
import { type Column, DataTable } from '../parts/data-table.tsx';
import { Empty } from '../parts/empty.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { ResourceView } from '../parts/resource-view.tsx';
import { Age } from '../parts/time.tsx';
import type { PageProps } from '../router/routes.ts';
import { browserName } from '../sessions/browser-name.ts';

/** `/sessions`: where whoever looks is signed in, and the way out of each. */
export function Sessions(_props: PageProps) {
  const { value } = session.value;
  return value?.expiresAt === undefined ? (
    <>
      <PageHead title="Sessions" />
      <Empty title="You are not signed in.">
        <p>
          <a href="/sign-in">Sign in</a> to see where else you are.
        </p>
      </Empty>
    </>
  ) : (
    <OwnSessions clientId={value.clientId} />
  );
}

function OwnSessions({ clientId }: { readonly clientId: string }) {
  const resource = useResource(`sessions ${clientId}`, listSessions);
  return (
    <>
      <PageHead
        title="Sessions"
        facts={
          <span>
            where <strong>{clientId}</strong> is signed in
          </span>
        }
        actions={
          <ConfirmButton
            tone="danger"
            question="Sign out everywhere? All of these sessions end, this one too."
            answer="Sign out everywhere"
            onConfirm={endAllSessions}
          >
            Sign out everywhere
          </ConfirmButton>
        }
      />
      <ResourceView resource={resource} what="Your sessions could not be loaded">
        {({ sessions }) => (
          <DataTable
            label="Sessions"
            columns={columnsFor(resource.reload)}
            items={sessions}
            idOf={({ sessionId }) => sessionId}
          />
        )}
      </ResourceView>
      <p class="dim small block">
        A session ends twelve hours after it began. What was opened in one may go on for a moment; a shell
        goes on until it is closed. Another access token for the client ends all of its sessions, too.
      </p>
    </>
  );
}

const columnsFor = (reload: () => void): readonly Column<OpenSession>[] => [
  {
    title: 'Browser',
    kind: 'main',
    cell: ({ agent, isThis }) => (
      <>
        <strong title={agent}>{browserName(agent)}</strong>
        {isThis && <span class="cell-sub">this one</span>}
      </>
    ),
  },
  { title: 'Signed in', kind: 'number', cell: ({ began }) => <Age at={began} /> },
  { title: 'Ends', kind: 'number', cell: ({ expires }) => <Age at={expires} /> },
  {
    title: 'Action',
    kind: 'state',
    cell: (each) => <EndButton session={each} onEnd={reload} />,
  },
];

function EndButton({ session: { sessionId, isThis, agent }, onEnd }: EndButtonProps) {
  if (isThis) {
    return <SignOutButton />;
  }
  return (
    <ConfirmButton
      question={`End the session of ${browserName(agent)}? Whoever has it is asked to sign in.`}
      answer="End session"
      onConfirm={async () => {
        await endSession(sessionId);
        onEnd();
      }}
    >
      End
    </ConfirmButton>
  );
}

interface EndButtonProps {
  readonly session: OpenSession;
  readonly onEnd: () => void;
}

function SignOutButton() {
  const [refused, setRefused] = useState<string>();
  const leave = (): void => {
    setRefused(undefined);
    signOut().catch((error: unknown) => setRefused(asRefusal(error).message));
  };
  return (
    <>
      <button type="button" class="button" onClick={leave}>
        Sign out
      </button>
      {refused !== undefined && (
        <span class="cell-sub" role="alert">
          {refused}
        </span>
      )}
    </>
  );
}
