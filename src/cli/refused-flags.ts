import { UsageError } from './exit-code.ts';
import type { FlagValues } from './flag-values.ts';

/** Flags of the original that would change what happens and cannot do so here. Throws `UsageError`. */
export function refuseFlags(flags: FlagValues): void {
  for (const name of ['rdd-service-uri', 'rdd-provision-timeout']) {
    if (!flags.given(name)) continue;
    throw new UsageError(
      `--${name}: the service that lent Docker engines to runs is gone; \`docker: true\` gives the box the engine that runs it`,
    );
  }
  for (const [name, only] of [
    ['guest-root', '/pipeline'],
    ['report-root', '/report'],
  ] as const) {
    const given = flags.required(name).replace(/\/+$/, '');
    if (given === only) continue;
    throw new UsageError(
      `--${name}: the folder is always ${only} here, found "${given}": read its place from the variables of the step`,
    );
  }
}
