import type { RunEvent } from '../../../kernel/index.ts';
import { endsPart, partTitle } from './marks.ts';

/** What changes in the log before an event is shown. */
export interface PartChange {
  /** Whether the part that is open ends here. */
  readonly closes: boolean;
  /** The title of the part that begins here. */
  readonly opens?: string;
}

/**
 * The parts of a log in which one at a time is open, also where several runs go on at once: the part of another run
 * ends where this one has something to say, and goes on later.
 */
export interface Parts {
  before(event: RunEvent): PartChange;
  /** Whether the open part ends behind the event. */
  endsAfter(event: RunEvent): boolean;
}

export function createParts(): Parts {
  const pipelines = new Map<string, string>();
  const going = new Map<string, string>();
  let shown: string | undefined;

  /** Named by its pipeline too, where there are several. */
  function titled(event: RunEvent, title: string): string {
    return pipelines.size > 1 ? `${pipelines.get(event.runId) ?? ''}: ${title}` : title;
  }

  function begin(event: RunEvent, title: string): PartChange {
    const closes = shown !== undefined;
    shown = event.runId;
    return { closes, opens: titled(event, title) };
  }

  function close(): PartChange {
    const closes = shown !== undefined;
    shown = undefined;
    return { closes };
  }

  return {
    before(event) {
      if (event.type === 'run-started') pipelines.set(event.runId, event.pipeline);
      if (event.type === 'run-finished') going.delete(event.runId);
      const title = partTitle(event);
      if (title !== undefined) {
        going.set(event.runId, title);
        return begin(event, title);
      }
      const current = going.get(event.runId);
      if (current === undefined) return close();
      return shown === event.runId ? { closes: false } : begin(event, `${current} (goes on)`);
    },
    endsAfter(event) {
      if (!endsPart(event)) return false;
      going.delete(event.runId);
      return close().closes;
    },
  };
}
