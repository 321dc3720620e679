import { configurationSchema } from '../../config/index.ts';
import { definitionSchema } from '../../pipeline/index.ts';
import type { CommandContext } from '../command.ts';
import { eventsSchema } from '../events-schema/events-schema.ts';
import { EXIT, UsageError } from '../exit-code.ts';

const SCHEMAS: Readonly<Record<string, () => object>> = {
  file: definitionSchema,
  events: eventsSchema,
  config: configurationSchema,
};

/** `slipway schema [file|events|config]`: of a `wercker.yml`, of a line of `--output json`, of the configuration. */
export function schema({ positionals, stdout }: CommandContext): Promise<number> {
  const [what = 'file'] = positionals;
  const make = SCHEMAS[what];
  if (make === undefined) throw new UsageError(`schema: expected file, events or config, found "${what}"`);
  stdout.write(`${JSON.stringify(make(), undefined, 2)}\n`);
  return Promise.resolve(EXIT.passed);
}
