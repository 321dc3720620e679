import type { ComponentChildren } from 'preact';
import type { Build } from '../api/builds.ts';
import { Bytes } from '../parts/bytes.tsx';
import { CommandLine } from '../parts/command-line.tsx';
import { imageAddress } from '../router/addresses.ts';

const ATTESTED: Readonly<Record<NonNullable<Build['attestation']>, string>> = {
  attached: 'an SBOM (SPDX) and a statement of provenance (in-toto, SLSA) are attached in the registry',
  failed: 'could not be attached; the log says why',
  off: 'not made',
};

/** What a build was asked for, what it was made of, and what came of it. */
export function BuildFacts({ build }: { readonly build: Build }) {
  const { image, reusedFrom, extends: extended, attestation } = build;
  const facts: readonly (readonly [string, ComponentChildren])[] = [
    ['Image', image && <code>{image.reference}</code>],
    ['Digest', image && <code>{image.digest}</code>],
    ['Size', image?.sizeBytes !== undefined && <Sizes image={image} />],
    ['Source', <code key="source">{build.source}</code>],
    ['Source was', build.sourceDigest && <code>{build.sourceDigest}</code>],
    ['Requirements', build.fileDigest && <code>{build.fileDigest}</code>],
    ['Content key', <code key="key">{build.key}</code>],
    [
      'Nothing built',
      reusedFrom && <a href={imageAddress(reusedFrom)}>an earlier build made the same image</a>,
    ],
    ['Extends', extended && <a href={imageAddress(extended)}>the image of an earlier build</a>],
    ['Attested', attestation && ATTESTED[attestation]],
    ['Attempts', build.attempts > 1 && build.attempts],
  ];
  return (
    <section class="block" aria-labelledby="facts-title">
      <div class="block-head">
        <h2 id="facts-title">Provenance</h2>
      </div>
      <dl class="fact-list">
        {facts
          .filter(([, value]) => value !== undefined && value !== false && value !== '')
          .flatMap(([name, value]) => [<dt key={name}>{name}</dt>, <dd key={`${name} is`}>{value}</dd>])}
      </dl>
      {image !== undefined && (
        <CommandLine
          text={`docker pull ${image.reference.replace(/:[^/:]+$/, '')}@${image.digest}`}
          label="Copy the command that pulls the image"
        />
      )}
    </section>
  );
}

const Sizes = ({ image }: { readonly image: NonNullable<Build['image']> }) => (
  <>
    <Bytes value={image.sizeBytes ?? 0} />
    {image.addedBytes !== undefined && (
      <>
        , of which <Bytes value={image.addedBytes} /> were added
      </>
    )}
  </>
);
