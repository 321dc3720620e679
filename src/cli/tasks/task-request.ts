import type { TaskRequest } from '../../queue-api/index.ts';
import type { CommandContext } from '../command.ts';
import { CommandError } from '../command-error.ts';
import { UsageError } from '../exit-code.ts';
import { containerPayload, scopesOfCaches } from './container-payload.ts';
import { DEFAULT_QUEUE, readFacts, readMetadata } from './task-facts.ts';
import { readTaskFile, type TaskFile } from './task-file.ts';
import { askedQueue, readTaskId } from './task-ids.ts';
import { readTimes } from './task-times.ts';
import { traceOf } from './trace-parent.ts';

/**
 * The task that a command line asks for: a file that defines it, a file with its payload, or an image and a command; flags
 * win over the file, and times are counted from now. Throws `UsageError`, and `CommandError` with the places of mistakes.
 */
export async function readTaskRequest(context: CommandContext, now: number): Promise<TaskRequest> {
  const { flags, positionals } = context;
  const payloadFile = flags.text('payload');
  const image = flags.text('image');
  if (image !== undefined && payloadFile !== undefined)
    throw new UsageError('--image and --payload exclude each other');
  const file = image === undefined ? (payloadFile ?? positionals[0]) : undefined;
  if (file === undefined && image === undefined)
    throw new UsageError(
      'task create: a FILE with the definition, --payload FILE or --image IMAGE says what to run',
    );
  const given = file === undefined ? undefined : await readTaskFile(context, file);
  const isPayload = payloadFile !== undefined;
  if (given !== undefined && !isPayload) requireOneFile(positionals);
  const payload = given === undefined ? containerPayload(flags, positionals) : undefined;
  const whole = given !== undefined && !isPayload ? given.value : {};
  const request = {
    ...whole,
    ...(given !== undefined && isPayload && { payload: given.value }),
    ...(payload !== undefined && { payload }),
    ...fromFlags(context, whole, now),
    ...traceOf(context.environment, whole['extra']),
  };
  return await checked(request, given, isPayload ? ['payload'] : []);
}

function requireOneFile(positionals: readonly string[]): void {
  if (positionals.length > 1)
    throw new UsageError(`task create: one FILE is expected, and no "${positionals[1]}" after it`);
}

type Whole = Readonly<Record<string, unknown>>;

/** What the flags say; where they do not, the file, and where that does not, what has a default. */
function fromFlags(context: CommandContext, whole: Whole, now: number): Whole {
  const { flags } = context;
  const times = readTimes(flags, now);
  const [scopes, routes, dependencies] = ['scope', 'route', 'depends'].map((name) => flags.all(name));
  const metadata = whole['metadata'];
  const known = typeof metadata === 'object' && metadata !== null ? metadata : {};
  const image = flags.text('image');
  const wanted = [...(scopes ?? []), ...scopesOfCaches(flags)];
  return {
    ...times,
    ...(!flags.given('deadline') && 'deadline' in whole && { deadline: whole['deadline'] }),
    ...(!flags.given('expires') && keptExpiry(whole)),
    ...('created' in whole && { created: whole['created'] }),
    ...queueOf(context, whole),
    ...readFacts(flags),
    ...(wanted.length > 0 && { scopes: wanted }),
    ...(routes !== undefined && routes.length > 0 && { routes }),
    ...(dependencies !== undefined &&
      dependencies.length > 0 && { dependencies: dependencies.map((text) => readTaskId(text)) }),
    ...(flags.given('requires') && { requires: flags.text('requires') }),
    metadata: { ...known, ...readMetadata(context, { name: image ?? 'a task', ...known }) },
  };
}

/** A file that names its deadline and no expiry leaves that to the queue. */
const keptExpiry = (whole: Whole): Whole =>
  'expires' in whole ? { expires: whole['expires'] } : 'deadline' in whole ? { expires: undefined } : {};

function queueOf(context: CommandContext, whole: Whole): Whole {
  const { flags } = context;
  const [provisioner, workerType] = [flags.text('provisioner-id'), flags.text('worker-type')];
  const asked = askedQueue(context);
  if (asked !== undefined) return { taskQueueId: asked, provisionerId: undefined, workerType: undefined };
  const isNamed = 'taskQueueId' in whole || 'provisionerId' in whole || 'workerType' in whole;
  if (provisioner === undefined && workerType === undefined)
    return isNamed ? {} : { taskQueueId: DEFAULT_QUEUE };
  const halves = { provisionerId: provisioner, workerType };
  return { taskQueueId: undefined, ...Object.fromEntries(Object.entries(halves).filter(([, half]) => half)) };
}

/** Every mistake at once; those in the file with their places. */
async function checked(
  request: Whole,
  file: TaskFile | undefined,
  below: readonly string[],
): Promise<TaskRequest> {
  const { TaskRequest: schema } = await import('../../queue-api/schema/index.ts');
  const defined = Object.fromEntries(Object.entries(request).filter(([, value]) => value !== undefined));
  const result = schema.safeParse(defined);
  if (result.success) return result.data;
  const messages = result.error.issues.map(({ path, message }) => {
    const isInFile = below.every((part, index) => path[index] === part);
    const what = `${path.join('.') || 'the task'}: ${message}`;
    return file !== undefined && isInFile ? file.mistake(path.slice(below.length), what) : what;
  });
  throw new CommandError(messages.join('\n'));
}
