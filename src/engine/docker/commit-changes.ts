import type { ImageConfiguration } from '../engine.ts';

/**
 * A configuration as the instructions that Podman takes with a commit. They are not read as in a Dockerfile: a value is
 * what stands between its first and its last quote, whatever is in it.
 */
export function commitChanges(configuration: ImageConfiguration): string[] {
  const { environment = [], labels = {}, exposedPorts = [], volumes = [] } = configuration;
  const { entrypoint, command, user, workingDir, stopSignal } = configuration;
  return [
    ...environment.map((variable) => `ENV ${quoteValue(variable)}`),
    ...Object.entries(labels).map(([name, value]) => `LABEL ${name}="${value}"`),
    ...exposedPorts.map((port) => `EXPOSE ${port}`),
    ...volumes.map((path) => `VOLUME ${JSON.stringify([path])}`),
    ...(entrypoint ? [`ENTRYPOINT ${JSON.stringify(entrypoint)}`] : []),
    ...(command ? [`CMD ${JSON.stringify(command)}`] : []),
    ...(user === undefined ? [] : [`USER ${user}`]),
    ...(workingDir === undefined ? [] : [`WORKDIR ${workingDir}`]),
    ...(stopSignal === undefined ? [] : [`STOPSIGNAL ${stopSignal}`]),
  ];
}

function quoteValue(variable: string): string {
  const equals = variable.indexOf('=');
  return equals < 0 ? variable : `${variable.slice(0, equals)}="${variable.slice(equals + 1)}"`;
}
