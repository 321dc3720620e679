import { ArchiveError } from '../../archive/index.ts';
import { ArtifactError } from '../../artifacts/index.ts';
import { unreachable } from '../../kernel/index.ts';
import type { LinkRefusal } from '../links/sign-link.ts';
import { DownloadRefusal } from '../refusal.ts';

/** Says no more than that there is nothing, whyever it cannot be had. */
export const nothingHere = (): DownloadRefusal => new DownloadRefusal('NOT_FOUND', 'there is nothing here');

/** What whoever has no good link is told. */
export function linkRefused(why: LinkRefusal): DownloadRefusal {
  switch (why) {
    case 'missing':
      return new DownloadRefusal('UNAUTHENTICATED', 'a signed link or a token is needed for this', {
        headers: { 'www-authenticate': 'Bearer' },
      });
    case 'invalid':
      return new DownloadRefusal(
        'FORBIDDEN',
        'the link is not valid: it is not whole, or was made for something else',
      );
    case 'expired':
      return new DownloadRefusal('FORBIDDEN', 'the link has expired: ask for a new one');
    default:
      return unreachable(why);
  }
}

/** Turns what makes no archive into an answer; everything else is the server's to answer. */
export function archiveRefused(error: unknown): unknown {
  const isArchive = error instanceof ArchiveError && error.code !== 'IO';
  const isArtifact = error instanceof ArtifactError && error.code !== 'DISK';
  if (!isArchive && !isArtifact) return error;
  const message = 'what is stored cannot be made into such an archive';
  return new DownloadRefusal('CONFLICT', message, { cause: error });
}
