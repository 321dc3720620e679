import { suggest } from '../../kernel/index.ts';
import type { Report } from '../report.ts';
import { quoteShort } from '../yaml/node.ts';
import type { Span } from '../yaml/source.ts';
import { INTERNAL_STEPS } from './keys.ts';

/** Keys of a step's data that become a step of their own where the indentation slips. */
export const DATA_KEYS = ['name', 'code', 'cwd', 'checkpoint'];

/** Warns of a step that is legal but probably meant something else. */
export function warnOfStepName(id: string, at: Span, report: Report): void {
  if (DATA_KEYS.includes(id)) {
    report.warn({
      code: 'suspicious-step',
      message: `"${id}" is taken as a step of that name`,
      at,
      hint: `to give it to the step above, remove the "-" and indent it deeper than the step's name`,
    });
    return;
  }
  const hint = hintFor(id);
  if (hint === undefined) return;
  const message = `${quoteShort(id)} is taken from the step registry: no step of this name is built in`;
  report.warn({ code: 'suspicious-step', message, at, hint });
}

function hintFor(id: string): string | undefined {
  if (id === 'script' || INTERNAL_STEPS.has(id)) return undefined;
  const names = [...INTERNAL_STEPS.keys()];
  const near = suggest(id, /[/@]/.test(id) ? names : ['script']);
  if (near !== undefined) return `did you mean "${near}"?`;
  return id.startsWith('internal/') ? `the internal steps are ${names.join(', ')}` : undefined;
}
