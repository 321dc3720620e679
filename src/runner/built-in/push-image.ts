import { EngineError, type RegistryCredentials } from '../../engine/index.ts';
import type { RunContext } from '../context.ts';
import { RunError } from '../failure.ts';
import { type BuiltInRun, print } from './built-in.ts';
import type { PushTarget } from './push-target.ts';

/** Gives an image all of its names. */
export async function nameImage(
  { engine }: RunContext,
  { references }: PushTarget,
  image: string,
): Promise<void> {
  for (const reference of references) await engine.tagImage(image, reference);
}

/** Sends each name of an image to its registry, unless the run keeps to this machine. */
export async function pushImage(
  context: RunContext,
  { references, login }: PushTarget,
  run: BuiltInRun,
): Promise<void> {
  const { engine, request } = context;
  const { localOnly, removePushed } = request.images;
  if (localOnly) {
    for (const reference of references) await print(context, `Tagged ${reference}; nothing is pushed`);
    return;
  }
  const credentials = await login();
  for (const reference of references) await pushOne(context, { reference, credentials, run });
  if (removePushed) for (const reference of references) await engine.removeImage(reference);
}

interface OnePush {
  readonly reference: string;
  readonly credentials: RegistryCredentials | undefined;
  readonly run: BuiltInRun;
}

async function pushOne(context: RunContext, { reference, credentials, run }: OnePush): Promise<void> {
  await print(context, `Pushing image for  ${reference}`);
  const { digest } = await context.engine
    .pushImage(reference, {
      ...(credentials === undefined ? {} : { credentials }),
      signal: run.signal,
      onProgress: (progress) => {
        run.touch();
        context.emit({ type: 'pull-progress', at: Date.now(), image: reference, ...progress });
      },
    })
    .catch((error: unknown) => {
      throw pushFailure(error, reference, credentials !== undefined);
    });
  await print(context, `Pushed ${reference}${digest === undefined ? '' : ` (${digest})`}`);
}

function pushFailure(error: unknown, reference: string, hasLogin: boolean): unknown {
  if (!(error instanceof EngineError)) return error;
  const message = `${reference} could not be pushed: ${error.message}`;
  switch (error.code) {
    case 'UNAUTHORIZED': {
      const hint = hasLogin
        ? 'check `username` and `password`, and that they may push to this repository'
        : 'give the step `username` and `password`';
      return new RunError({ reason: 'step-failed', message, hint }, { cause: error });
    }
    case 'REGISTRY': {
      const hint = 'what the registry has taken so far is not sent again when the step is repeated';
      return new RunError({ reason: 'step-failed', message, hint }, { cause: error });
    }
    default:
      return error;
  }
}
