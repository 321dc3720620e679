import type { VerifiedImage, VerifiedStatement } from '../../builder/index.ts';
import type { RegistryClient } from '../../registry/index.ts';
import type { CommandContext } from '../command.ts';
import { CommandError } from '../command-error.ts';
import { EXIT, UsageError } from '../exit-code.ts';
import { trustedKeys } from '../images/trusted-keys.ts';
import { type ImageArgument, readImageArgument } from '../registry/image-argument.ts';
import { withRegistry } from '../registry/with-registry.ts';
import { shownText } from '../render/columns.ts';
import { commandLine } from '../render/command-line.ts';
import { wantsJson } from '../render/open-outputs.ts';

/** `slipway image verify REPOSITORY:TAG`: whether a builder that is trusted says how it was made. */
export async function imageVerify(context: CommandContext): Promise<number> {
  const [written] = context.positionals;
  if (written === undefined) throw new UsageError('image verify: name an image, like alice:extended');
  const trusted = await trustedKeys(context);
  const { verifyImage } = await import('../../builder/index.ts');
  return await withRegistry(context, async (client, signal) => {
    const image = readImageArgument(written, client.host);
    const digest = await digestOf(client, image, signal);
    const verified = await verifyImage({ client, repository: image.repository, digest, signal }, trusted);
    const provenance = verified.statements.find((each) => each.provenance !== undefined);
    if (provenance === undefined) throw unsigned(`${client.host}/${image.shown}`, verified);
    const { repository, reference } = image;
    const fields = { registry: client.host, repository, reference, digest, ...verified };
    context.stdout.write(
      wantsJson(context)
        ? commandLine('image-verified', fields)
        : verifiedText(`${client.host}/${image.shown}`, digest, verified.statements),
    );
    return EXIT.passed;
  });
}

async function digestOf(
  client: RegistryClient,
  { repository, reference, shown }: ImageArgument,
  signal: AbortSignal,
): Promise<string> {
  // The manifest itself and not what the registry says of it: its bytes are what the digest is of.
  const found = await client.manifest(repository, reference, { signal });
  if (found !== undefined) return found.digest;
  throw new CommandError(
    `${client.host} has no image ${shown}`,
    `\`slipway image list ${repository}\` lists those that it has.`,
  );
}

function unsigned(image: string, { others, statements }: VerifiedImage): CommandError {
  const count = others + statements.length;
  return count === 0
    ? new CommandError(
        `${image} is not signed: nothing is said of it`,
        'Images are signed that this version of a builder made; build it again with --force.',
      )
    : new CommandError(
        `no key that is trusted says how ${image} was made: of ${count} statements ${others} are signed by others, about another image, or damaged`,
        '`slipway image keys` prints the keys of a builder, and --key FILE says whose statements count.',
      );
}

function verifiedText(image: string, digest: string, statements: readonly VerifiedStatement[]): string {
  const lines = [`${image} is ${digest}`];
  for (const { predicateType, signedBy, provenance } of statements) {
    lines.push('', shownText(predicateType), `  signed by     ${signedBy}`);
    if (provenance === undefined) continue;
    const { sourceDigest, source, ...rest } = provenance;
    const facts: readonly (readonly [string, string | undefined])[] = [
      ['builder', rest.builderId],
      ['build', rest.buildId],
      ['finished', rest.finishedAt],
      ['source', source && (sourceDigest === undefined ? source : `${source} (${sourceDigest})`)],
      ['kind', rest.kind],
      ['requirements', rest.requirementsDigest],
      ['target', rest.target],
    ];
    for (const [name, value] of facts)
      if (value !== undefined) lines.push(`  ${name.padEnd(13)} ${shownText(value)}`);
  }
  return `${lines.join('\n')}\n`;
}
