import type { OutlinedContainer, OutlinedStep, OutlinedValue, RunOutline } from '../../runner/index.ts';
import { choice, duration, type Field, flag, list, object, optional, text } from './field.ts';

const value = object<OutlinedValue>({
  name: text(),
  value: text('empty where it is secret'),
  secret: flag(),
});

const container = object<OutlinedContainer>({
  name: text('in the network; empty for the box'),
  image: text(),
  user: optional(text()),
  command: optional(list(text())),
  entrypoint: optional(list(text())),
  environment: list(value),
  ports: list(text()),
  volumes: list(text()),
  ready: optional(text('when a service counts as ready')),
});

const step = object<OutlinedStep>({
  displayName: text(),
  owner: text(),
  name: text(),
  version: text('empty where the step has none'),
  origin: choice('script', 'built-in', 'folder', 'url', 'registry'),
  from: optional(text('the folder, the address or the wanted version')),
  cwd: optional(text()),
  checkpoint: optional(text()),
  code: optional(text('of a script')),
  properties: list(value),
  environment: list(value),
});

/** What one pipeline would do. */
export const OUTLINE: Field<RunOutline> = object<RunOutline>({
  pipeline: text(),
  kind: choice('build', 'deploy'),
  file: text(),
  targets: list(text()),
  target: optional(text('the one whose steps these are')),
  box: container,
  services: list(container),
  basePath: text('of the source in the box'),
  sourceDir: text('where steps start'),
  docker: flag('whether the box has access to the engine'),
  commandTimeoutMs: duration,
  noResponseTimeoutMs: duration,
  environment: list(value),
  steps: list(step),
  afterSteps: list(step),
});
