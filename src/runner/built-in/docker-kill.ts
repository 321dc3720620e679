import { RunError } from '../failure.ts';
import { endBeside } from './beside.ts';
import { type BuiltIn, PASSED, print } from './built-in.ts';
import { stepValues } from './step-values.ts';

/** `internal/docker-kill`: ends and removes a container that `internal/docker-run` started. */
export const dockerKill: BuiltIn = {
  async run(context, box, { step }) {
    const values = await stepValues(context, box, step);
    const name = values.required('name');
    if (await endBeside(context, box, name)) {
      await print(context, `Container is removed name :  ${name}`);
      return PASSED;
    }
    throw new RunError({
      reason: 'step-failed',
      message: `no container of this run is called "${name}"`,
      hint: 'an internal/docker-run step with this `name` must come before',
    });
  },
};
