import type { ImageConfiguration } from '../../engine/index.ts';
import type { RunContext } from '../context.ts';
import type { StepValues } from './step-values.ts';

/** What a step says of the image that it makes, in the words of its file. */
export function imageConfiguration(context: RunContext, values: StepValues): ImageConfiguration {
  const environment = values.pairs('env').map(([name, value]) => `${name}=${value}`);
  warnOfSecrets(context, environment);
  return {
    environment,
    labels: Object.fromEntries(values.pairs('labels')),
    exposedPorts: values.list('ports').map(asPort),
    volumes: values.list('volumes'),
    ...optional('command', values.literalWords('cmd')),
    ...optional('entrypoint', values.literalWords('entrypoint')),
    ...optional('workingDir', values.text('working-dir')),
    ...optional('user', values.text('user')),
    ...optional('stopSignal', values.text('stopsignal')),
  };
}

const asPort = (text: string): string => (text.includes('/') ? text.toLowerCase() : `${text}/tcp`);

const optional = <K extends string, T>(key: K, value: T | undefined): { [P in K]?: T } =>
  (value === undefined ? {} : { [key]: value }) as { [P in K]?: T }; // one key, present or not

/** Whoever has the image has them too: the person asked for it, and is told what it means. */
function warnOfSecrets({ redactor, notice }: RunContext, environment: readonly string[]): void {
  for (const entry of environment) {
    if (redactor.text(entry) === entry) continue;
    const name = entry.slice(0, entry.indexOf('='));
    notice('warning', `"env" puts a secret into the image: everybody who can pull it can read ${name}`);
  }
}
