import type { Box } from '../box.ts';
import type { RunContext } from '../context.ts';
import { boxEnvironment } from '../service.ts';

const nameOf = (entry: string): string => entry.slice(0, entry.indexOf('='));

/**
 * What takes the run's own variables out of an image that is made of the box: the addresses of its services, which mean
 * nothing elsewhere, and what is secret. An engine lets a container's variables be changed but not be taken away, and so
 * they are there without a value. Those of the box's image and of `env` under `box` stay.
 */
export async function emptiedVariables(context: RunContext, box: Box): Promise<string[]> {
  const { engine, redactor } = context;
  const { plan, image, lookup } = box.plan;
  const container = await engine.inspectContainer(box.id);
  const own = new Set([...image.details.environment, ...boxEnvironment(plan.box, lookup)].map(nameOf));
  const isSecret = (entry: string): boolean => redactor.text(entry) !== entry;
  const emptied = (container?.environment ?? []).filter(
    (entry) => !own.has(nameOf(entry)) || isSecret(entry),
  );
  const secret = emptied.filter((entry) => own.has(nameOf(entry))).map(nameOf);
  if (secret.length > 0) {
    context.notice('warning', `Left out of the image, because they are secret: ${secret.join(', ')}`);
  }
  return emptied.map((entry) => `${nameOf(entry)}=`);
}
