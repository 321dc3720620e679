import { unreachable } from '../kernel/index.ts';
import type { StepSpec } from '../pipeline/index.ts';
import type { HttpFailure } from './http-send.ts';
import type { StepFailure } from './options.ts';

/** Who was asked for a step, for messages. */
export interface Asked {
  /** `the registry https://…`, or the archive's address. */
  readonly where: string;
  /** Whether credentials went along. */
  readonly hadToken: boolean;
  /** What a person may do when the step is not there. */
  readonly advice: string;
}

const REFUSALS = [401, 403];
const ABSENCES = [404, 410];

/** What a person is told when a step could not be fetched. */
export function fetchFailure(spec: StepSpec, failure: HttpFailure, asked: Asked): StepFailure {
  const begin = `error fetching step ${spec.name}:`;
  switch (failure.kind) {
    case 'status':
      return statusFailure(spec, failure.status, asked);
    case 'unreachable':
      return {
        code: 'unreachable',
        message: `${begin} ${failure.why}`,
        hint: `no version of ${stepId(spec)} is kept on this machine; try again when ${asked.where} can be reached`,
      };
    case 'invalid':
      return { code: 'invalid', message: `${begin} ${failure.why}`, hint: 'tell whoever publishes the step' };
    default:
      return unreachable(failure);
  }
}

/** `owner/name` */
export function stepId({ owner, name }: Pick<StepSpec, 'owner' | 'name'>): string {
  return `${owner}/${name}`;
}

function statusFailure(spec: StepSpec, status: number, asked: Asked): StepFailure {
  const begin = `error fetching step ${spec.name}:`;
  if (ABSENCES.includes(status)) {
    return {
      code: 'not-found',
      message: `${begin} The step "${spec.id}" was not found: ${asked.where} answered ${status}`,
      hint: asked.advice,
    };
  }
  if (!REFUSALS.includes(status)) {
    return { code: 'invalid', message: `${begin} ${asked.where} answered ${status}`, hint: asked.advice };
  }
  const hint = asked.hadToken
    ? 'the token may be wrong or too old'
    : 'give a token if the step is a private one';
  return { code: 'refused', message: `${begin} ${asked.where} answered ${status}`, hint };
}
