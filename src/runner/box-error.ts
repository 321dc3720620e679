import { type Engine, EngineError } from '../engine/index.ts';
import type { BoxSpec } from '../pipeline/index.ts';
import type { BoxPlan } from './box.ts';
import type { ReadyImage } from './images.ts';
import type { SessionStartError } from './session/index.ts';

/** The box's image cannot be used as a box: why, and what to do. */
export class BoxError extends Error {
  readonly hint: string;

  constructor(message: string, hint: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'BoxError';
    this.hint = hint;
  }
}

/** Why the container did not start, in words for the person; errors of other kinds as they are. */
export async function startFailure(
  engine: Engine,
  { image, engineAccess }: Pick<BoxPlan, 'image' | 'engineAccess'>,
  error: unknown,
): Promise<unknown> {
  if (!(error instanceof EngineError) || error.code !== 'START_FAILED') return error;
  const { architecture } = await engine.ping();
  if (image.details.architecture !== architecture) return otherProcessor(image, architecture, error);
  if (
    engineAccess !== undefined &&
    /\b(?:caps?|capabilit\w+|privileged|not permitted)\b/i.test(error.message)
  ) {
    return new BoxError(
      `the engine does not start the box "${image.reference}" as privileged, which \`docker: true\` asks for: ${error.message}`,
      'use an engine that may start privileged containers, or take `docker: true` out of the pipeline',
      { cause: error },
    );
  }
  return new BoxError(
    `the box "${image.reference}" does not start: ${error.message}`,
    'a box needs /bin/sh, or its own shell named in `cmd` (and `entrypoint`)',
    { cause: error },
  );
}

function otherProcessor(image: ReadyImage, architecture: string, cause?: unknown): BoxError {
  return new BoxError(
    `the box "${image.reference}" is for ${image.details.architecture}, and the engine runs ${architecture}`,
    `use an image for ${architecture}`,
    { cause },
  );
}

/** Why there is no shell in the box. */
export function sessionFailure(image: ReadyImage, spec: BoxSpec, error: SessionStartError): BoxError {
  const entrypoint = spec.entrypoint ?? image.details.entrypoint;
  const said = error.output.trim() === '' ? '' : `; it printed: ${error.output.trim()}`;
  if (entrypoint.length === 0) {
    return new BoxError(
      `the box "${image.reference}" gives no shell: ${error.message}${said}`,
      'the box runs `cmd` with commands on its standard input: name a shell there, or leave `cmd` out',
    );
  }
  return new BoxError(
    `the box "${image.reference}" gives no shell: ${error.message}; its entrypoint is ${entrypoint.join(' ')}${said}`,
    'write `entrypoint: /bin/sh -c` under `box` to start a shell instead',
  );
}
