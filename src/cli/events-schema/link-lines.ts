import { type Field, object, optional, text, whole } from './field.ts';

/** What the commands that lead to downloads answer. */
export interface LinkLines {
  /** A link that anybody may use until it expires. */
  readonly 'artifact-link': {
    readonly runId: string;
    /** Absent: the link is for all of the run. */
    readonly name?: string;
    readonly url: string;
    readonly expiresAt: number;
  };
  /** A page is served on this machine until the program ends. */
  readonly 'page-opened': { readonly runId: string; readonly url: string };
}

export const LINK_LINES: { readonly [T in keyof LinkLines]: Field<LinkLines[T]> } = {
  'artifact-link': object({
    runId: text(),
    name: optional(text('the artifact; absent: all of the run')),
    url: text('whoever has it can download until it expires'),
    expiresAt: whole('milliseconds since the epoch'),
  }),
  'page-opened': object({ runId: text(), url: text('on this machine, until the program ends') }),
};
