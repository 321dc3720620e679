import { useEffect, useRef } from 'preact/hooks';
import { msOf } from '../parts/format.ts';
import { LaterTimeline } from '../steps/later-timeline.tsx';
import { StepList } from '../steps/step-list.tsx';
import { partsOf } from '../steps/steps-of.ts';
import { useStepEvents } from '../steps/use-step-events.ts';
import { type ShownLog, TaskViews, type TaskViewsProps } from './task-views.tsx';

interface PipelineViewsProps extends Omit<TaskViewsProps, 'steps' | 'isLogRead'> {
  /** The log of what happened in the run. */
  readonly eventsUrl: string;
}

/** The views of a task that ran a pipeline: its steps too. */
export function PipelineViews({ eventsUrl, ...shown }: PipelineViewsProps) {
  const { events, isWhole } = useStepEvents(eventsUrl);
  const resolved = shown.run?.resolved;
  // Of a run that ended the last events may still be on their way.
  const parts = partsOf(events, resolved !== undefined && isWhole ? { at: msOf(resolved) } : undefined);
  const steps = {
    list: (log: ShownLog) => <StepList parts={parts.parts} {...log} />,
    timeline: () => <LaterTimeline parts={parts} />,
  };
  const isLogRead = useLogRead();
  return <TaskViews {...shown} isLogRead={isLogRead} steps={events.length > 0 ? steps : undefined} />;
}

/** Whether somebody has done something in a log. */
function useLogRead(): { readonly current: boolean } {
  const isRead = useRef(false);
  useEffect(() => {
    const note = ({ target }: Event): void => {
      if (target instanceof Element && target.closest('.log') !== null) isRead.current = true;
    };
    const byHand = ['wheel', 'pointerdown', 'keydown'] as const;
    for (const name of byHand) document.addEventListener(name, note, { passive: true });
    return () => {
      for (const name of byHand) document.removeEventListener(name, note);
    };
  }, []);
  return isRead;
}
