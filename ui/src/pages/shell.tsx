import { useEffect, useState } from 'preact/hooks';
import { may } from '../api/session.ts';
import { lastRunOf } from '../api/tasks.ts';
import { Mark } from '../layout/mark.tsx';
import { CommandLine } from '../parts/command-line.tsx';
import { Icon } from '../parts/icon.tsx';
import { taskAddress } from '../router/addresses.ts';
import type { ShellEnd } from '../shell/connect-shell.ts';
import { type NoShell as Nowhere, type ShellPlace, shellHref, shellPlace } from '../shell/shell-place.ts';
import { ShellTerminal } from '../shell/terminal.tsx';
import { useTaskOfShell } from '../shell/use-task.ts';
import '../shell/shell.css';

/** `/shell/?v=1&socketUrl=…&taskId=…&runId=…`: a shell in a running task. A document of its own: its policy lets xterm.js style. */
export function Shell() {
  const place = shellPlace(location);
  return 'problem' in place ? <NoShell place={place} /> : <OpenShell place={place} />;
}

type State = 'opening' | 'open' | ShellEnd;

function OpenShell({ place }: { readonly place: ShellPlace }) {
  const { taskId, runId, socketUrl } = place;
  const [attempt, setAttempt] = useState(0);
  const [state, setState] = useState<State>('opening');
  const task = useTaskOfShell(taskId);
  const name = task?.name ?? taskId;
  useEffect(() => {
    document.title = `Shell in ${name} · Slipway`;
  }, [name]);
  const again = (): void => {
    setState('opening');
    setAttempt(attempt + 1);
  };
  const isOver = typeof state === 'object';
  return (
    <main class="shell">
      <header class="shell-head">
        <a class="brand" href="/" aria-label="Slipway, overview">
          <Mark />
        </a>
        <h1 class="shell-title">
          <span class="unseen">Shell in </span>
          <a href={taskAddress(taskId, runId)}>{name}</a>
        </h1>
        <p class="shell-state" role="status">
          {wordsOf(state)}
        </p>
        {isOver && (
          <button type="button" class="button" onClick={again}>
            {state.type === 'exited' ? 'New shell' : 'Reconnect'}
          </button>
        )}
      </header>
      {isOver && <Hint end={state} isRunning={task && lastRunOf(task.status)?.state === 'running'} />}
      <ShellTerminal key={attempt} socketUrl={socketUrl} onOpen={() => setState('open')} onEnd={setState} />
    </main>
  );
}

function wordsOf(state: State): string {
  if (state === 'opening') return 'opening …';
  if (state === 'open') return 'open';
  switch (state.type) {
    case 'exited':
      return `exited with ${state.exitCode}`;
    case 'shutdown':
      return 'the container has ended';
    case 'error':
      return 'ended';
    case 'refused':
      return 'not opened';
    case 'lost':
      return 'connection lost';
  }
}

interface HintProps {
  readonly end: ShellEnd;
  /** Absent: it is not known. */
  readonly isRunning: boolean | undefined;
}

/** What somebody can do whose shell has ended. */
function Hint({ end, isRunning }: HintProps) {
  const text = hintOf(end, isRunning);
  return text === undefined ? null : (
    <p class="shell-hint" role="alert">
      <Icon name="alert" />
      {text}
    </p>
  );
}

const ENDED = 'The task’s container has ended, and every shell in it.';

function hintOf(end: ShellEnd, isRunning: boolean | undefined): string | undefined {
  switch (end.type) {
    case 'exited':
      return isRunning === false ? ENDED : undefined;
    case 'shutdown':
      return ENDED;
    case 'error':
      return `The worker says: ${end.message}`;
    case 'refused':
      if (!may.value.openShells)
        return 'You may not open shells here: it takes the role operator, or a scope.';
      return isRunning === false
        ? 'The task does not run: a shell is there while its container is.'
        : 'No worker offers a shell: the task has to be interactive, and its container may not be there yet. Try again in a moment.';
    case 'lost':
      return 'The connection broke. A new shell begins where the container is, not where this one was.';
  }
}

function NoShell({ place: { problem, taskId, runId } }: { readonly place: Nowhere }) {
  useEffect(() => {
    document.title = 'No shell · Slipway';
  }, []);
  return (
    <main class="alone no-shell">
      <h1>No shell is opened</h1>
      {problem === 'no-task' || taskId === undefined || runId === undefined ? (
        <p>
          The address names no run of a task. The page of an interactive task leads to its shell:{' '}
          <a href="/tasks">tasks</a>.
        </p>
      ) : (
        <>
          <p>
            The address names a socket that is not on this server: its worker opens a port of its own, or
            somebody wants you to type into a place of theirs. This page sends nothing there.
          </p>
          <p>
            <a class="button" href={shellHref(taskId, runId)}>
              Ask this server for a shell
            </a>
          </p>
          <p class="dim small">A worker’s own port can be reached by:</p>
          <CommandLine text={`slipway task shell ${taskId}`} label="Copy the command that opens the shell" />
        </>
      )}
    </main>
  );
}
