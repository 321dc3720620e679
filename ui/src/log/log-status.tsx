import { bytesText, countText } from '../parts/format.ts';
import { Icon } from '../parts/icon.tsx';
import type { LogState } from './protocol.ts';

interface LogStatusProps {
  readonly state: LogState;
  /** That are shown. */
  readonly lines: number;
  /** What writes it goes on. */
  readonly isLive: boolean;
  /** It went on when somebody began to look: they are told of its end. */
  readonly wasLive: boolean;
  /** Of a part of the log. */
  readonly isPart: boolean;
  /** Why some lines could not be had. */
  readonly failure: string | undefined;
  readonly onRetry: () => void;
}

/** Says how much of a log is there, and whether more comes. */
export function LogStatus({ state, lines, isLive, wasLive, isPart, failure, onRetry }: LogStatusProps) {
  const { phase, sizeBytes, totalBytes, keptBytes, message } = state;
  const isAway = phase === 'cut' || phase === 'refused' || failure !== undefined;
  return (
    <p class={isAway ? 'log-status is-away' : 'log-status'}>
      {isAway && <Icon name="alert" />}
      <span role="status">
        {phase === 'waiting' && 'Waiting for the log…'}
        {phase === 'reading' && totalBytes !== undefined && `Reading: ${percent(sizeBytes, totalBytes)}`}
        {phase === 'following' && (isLive ? 'Live' : 'It ended; its last lines are on their way…')}
        {phase === 'ended' && wasLive && <span class="unseen">The log has ended.</span>}
        {phase === 'cut' && `${message} Trying again…`}
        {phase === 'refused' && message}
        {failure !== undefined && ` Some lines could not be had: ${failure}`}
      </span>
      {(phase === 'cut' || failure !== undefined) && (
        <button type="button" class="log-tool" onClick={onRetry}>
          Try now
        </button>
      )}
      {sizeBytes > 0 && (
        <span class="log-size">
          {countText(lines)} {lines === 1 ? 'line' : 'lines'}
          {!isPart && ` · ${bytesText(sizeBytes)}`}
        </span>
      )}
      {sizeBytes > keptBytes && !isPart && (
        <span>
          {bytesText(keptBytes)} of it are in memory; the rest is asked for again when you look at it
        </span>
      )}
    </p>
  );
}

const percent = (part: number, whole: number): string => `${Math.floor((part / Math.max(1, whole)) * 100)} %`;
