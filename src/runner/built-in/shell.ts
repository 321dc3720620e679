import { type BuiltIn, PASSED } from './built-in.ts';
import { openShell } from './open-shell.ts';
import { stepValues } from './step-values.ts';

/** `internal/shell`: the person works in the box, and the run goes on when they leave. */
export const shell: BuiltIn = {
  untimed: true,
  async run(context, box, { step, signal }) {
    const values = await stepValues(context, box, step);
    const code = step.properties.get('code');
    await openShell(context, box, { command: values.literalWords('cmd'), code, signal });
    return PASSED;
  },
};
