import { msOf } from '../parts/format.ts';
import { LaterTimeline } from '../steps/later-timeline.tsx';
import { StepList } from '../steps/step-list.tsx';
import { partsOf } from '../steps/steps-of.ts';
import { useStepEvents } from '../steps/use-step-events.ts';
import { type ShownLog, TaskViews, type TaskViewsProps } from './task-views.tsx';

interface PipelineViewsProps extends Omit<TaskViewsProps, 'steps'> {
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
  return <TaskViews {...shown} steps={events.length > 0 ? steps : undefined} />;
}
