import type { PublishedStep } from '../../steps/index.ts';
import { count, type Field, object, optional, text } from './field.ts';

/** The step's own version is not the one of the line. */
interface StepPublished extends Omit<PublishedStep, 'version'> {
  readonly stepVersion: string;
}

/** What commands for steps of one's own answer. */
export interface StepLines {
  readonly 'step-published': StepPublished;
  /** A registry of steps has begun to listen. */
  readonly 'steps-served': {
    readonly folder: string;
    readonly url: string;
    readonly tokenFile?: string;
  };
}

export const STEP_LINES: { readonly [T in keyof StepLines]: Field<StepLines[T]> } = {
  'step-published': object<StepPublished>({
    name: text(),
    stepVersion: text(),
    checksum: text('SHA-256 of the archive, in hex'),
    sizeBytes: count(),
  }),
  'steps-served': object({
    folder: text(),
    url: text(),
    tokenFile: optional(text('where the token is that was made, as none was given')),
  }),
};
