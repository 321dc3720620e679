import { checkRequirements, KINDS, type Kind } from '../../builder/index.ts';
import type { BuildOrder } from '../../builder-client/index.ts';
import { formatDiagnostic } from '../../kernel/index.ts';
import { parseImageName } from '../../registry/index.ts';
import type { CommandContext } from '../command.ts';
import { CommandError } from '../command-error.ts';
import { UsageError } from '../exit-code.ts';
import { usesColour } from '../render/style.ts';
import { type RequirementFile, readRequirementFile } from './requirement-file.ts';

const TAG = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;
const LOGIN = /^[a-z0-9]+(?:[._-]+[a-z0-9]+)*$/;

/**
 * What `image build SOURCE TARGET` asks for, checked as far as it can be here, so that a mistake is told before anything is
 * sent. Throws `UsageError`.
 *
 * @param login - of who asks; absent: nobody said it
 */
export async function readBuildOrder(
  context: CommandContext,
  login: string | undefined,
): Promise<BuildOrder> {
  const [source, target] = context.positionals;
  if (source === undefined || target === undefined)
    throw new UsageError(
      `image build: ${source === undefined ? 'which image is extended, and as what' : 'as what is the image pushed'}? Expected SOURCE and USER:TAG`,
    );
  checkSource(source);
  const full = readTarget(target, login);
  const file = await readRequirementFile(context);
  const kind = readKind(context, file);
  if (file !== undefined) checkFile(context, kind, file);
  const isForced = context.flags.on('force');
  return {
    source,
    target: full,
    kind: kind.name,
    ...(file !== undefined && { file: file.text }),
    ...(isForced && { force: true }),
  };
}

function checkSource(source: string): void {
  const name = parseImageName(source);
  if (name.ok) return;
  throw new UsageError(`image build: "${source.slice(0, 200)}" is no name of an image: ${name.error.reason}`);
}

/** `USER:TAG`; `TAG` alone is one of who asks. */
function readTarget(text: string, login: string | undefined): string {
  const colon = text.indexOf(':');
  const user = colon < 0 ? login : text.slice(0, colon);
  const tag = text.slice(colon + 1);
  if (user === undefined)
    throw new UsageError(
      `image build: whose image is "${text.slice(0, 200)}"? Expected USER:TAG; the user may be left out where OPSDEV_USERNAME or NAMESPACE of ~/.wskprops says it`,
    );
  if (!LOGIN.test(user))
    throw new UsageError(
      `image build: expected the target as USER:TAG, USER your login in lower case, found "${text.slice(0, 200)}"`,
    );
  if (!TAG.test(tag))
    throw new UsageError(
      `image build: expected a tag of letters, digits, _, . and -, at most 128 characters and not beginning with . or -, found "${tag.slice(0, 200)}"`,
    );
  return `${user}:${tag}`;
}

function readKind({ flags }: CommandContext, file: RequirementFile | undefined): Kind {
  const named = flags.text('kind');
  const kind = named === undefined ? kindOfFile(file?.name ?? '') : KINDS.get(named);
  if (kind !== undefined) return kind;
  const what = file?.name === undefined ? '' : `: ${file.name.slice(0, 80)} does not say it`;
  throw new UsageError(`image build: --kind says which language the image is for${what}`);
}

/** What a file called like this is for, whoever wrote it. */
function kindOfFile(name: string): Kind | undefined {
  if (/^requirements.*\.txt$/.test(name)) return KINDS.get('python');
  return [...KINDS.values()].find(({ requirementFile }) => requirementFile === name);
}

/** What is certainly wrong with a file is said before anything is sent. Throws `CommandError`. */
function checkFile(context: CommandContext, kind: Kind, { text, name }: RequirementFile): void {
  const { stderr } = context;
  const file = name ?? kind.requirementFile;
  const diagnostics = checkRequirements(kind.name, text).map((each) => ({ ...each, file }));
  const colour = usesColour(stderr, context);
  for (const each of diagnostics) stderr.write(`${formatDiagnostic(each, text, { colour })}\n\n`);
  if (!diagnostics.some(({ severity }) => severity === 'error')) return;
  throw new CommandError(`${file} has mistakes, so nothing was sent`);
}
