import type { BuiltImage } from '../build.ts';
import { ServerStopping } from '../error.ts';
import type { StoredBuild } from '../records/build-row.ts';
import type { Ending } from '../records/claims.ts';
import { ClaimLost, within } from './build-limits.ts';
import { referenceOf } from './reuse-image.ts';
import { type Run, reasonOf } from './run.ts';

type Attested = Pick<Ending & { state: 'succeeded' }, 'attestation' | 'report'>;

/** What is in the image. Nothing of it fails a build: the image is there. */
async function attested(run: Run, digest: string, sourceDigest: string): Promise<Attested> {
  const { settings, client, claims, build, limits, log } = run;
  const { attest } = settings;
  if (attest === undefined) return { attestation: 'off' };
  limits.phase('attest');
  claims.setPhase(build, 'attest').catch(settings.onError);
  const signal = AbortSignal.any([limits.signal, AbortSignal.timeout(settings.attestLimitMs)]);
  const { state: _, phase: __, ...shown } = { ...build, sourceDigest };
  const request = {
    client,
    repository: build.target.repository,
    digest,
    build: shown,
    endedAt: run.clock.now(),
  };
  try {
    const report = await within(
      async () => attest({ ...request, onNotice: (text) => log.say(text), signal }),
      {
        signal,
        graceMs: settings.graceMs,
        onDeaf: () => settings.onError(new Error('What attests an image does not end')),
      },
    );
    return { report, attestation: 'attached' };
  } catch (error) {
    // Another server attests it, or the next one, which has all of the build in its cache.
    const { reason } = limits.signal;
    if (reason instanceof ClaimLost || reason instanceof ServerStopping) throw error;
    log.say(`What is in the image could not be read or attached: ${reasonOf(error)}`);
    return { attestation: 'failed' };
  }
}

/** The end of a build whose image is pushed. */
export async function succeeded(
  run: Run,
  digest: string,
  { sourceDigest, parent }: { readonly sourceDigest: string; readonly parent: StoredBuild | undefined },
): Promise<Ending> {
  const { attestation, report } = await attested(run, digest, sourceDigest);
  const image: BuiltImage = {
    reference: referenceOf(run.destination, run.build.target),
    digest,
    ...(report && { sizeBytes: report.sizeBytes, addedBytes: report.addedBytes }),
  };
  return {
    state: 'succeeded',
    image,
    ...(attestation && { attestation }),
    ...(report && { report }),
    ...(parent && { parent }),
  };
}
