import type { VerifiedImage, VerifiedProvenance, VerifiedStatement } from '../../builder/index.ts';
import type {
  RemoteBuild,
  RemoteImage,
  RemoteLayer,
  RemotePackage,
  RemoteReport,
} from '../../builder-client/index.ts';
import { choice, count, type Field, flag, list, object, optional, text } from './field.ts';

export const IMAGE_BUILD_STATES = ['queued', 'running', 'succeeded', 'failed', 'cancelled'] as const;

/** A build as the builder tells it, under its id. */
export type ShownImageBuild = Omit<RemoteBuild, 'id' | 'key'> & {
  readonly buildId: string;
};

/** What the commands about builds of images answer. */
export interface ImageBuildLines {
  /** A build as it is now. */
  readonly 'image-build': ShownImageBuild;
  /** What was printed meanwhile. */
  readonly 'image-build-log': { readonly buildId: string; readonly text: string };
  readonly 'image-build-notice': { readonly buildId: string; readonly message: string };
  readonly 'image-report': RemoteReport & { readonly buildId: string };
  /** What is attached to an image. */
  readonly 'image-attached': {
    readonly buildId: string;
    readonly name: 'sbom' | 'provenance';
    readonly digest: string;
    readonly document: string;
  };
  /** A public key of a builder. */
  readonly 'image-key': { readonly keyId: string; readonly pem: string };
  /** What trusted keys say of an image. */
  readonly 'image-verified': VerifiedImage & {
    readonly registry: string;
    readonly repository: string;
    readonly reference: string;
    readonly digest: string;
  };
  readonly 'image-builds-cleaned': { readonly builds: number };
}

const image: Field<RemoteImage> = object({
  reference: text('as it is pulled'),
  digest: text('of the manifest in the registry'),
  sizeBytes: optional(count('of all layers, compressed')),
  addedBytes: optional(count('of the layers that the build added')),
});

export const IMAGE_BUILD_LINES: { readonly [T in keyof ImageBuildLines]: Field<ImageBuildLines[T]> } = {
  'image-build': object({
    buildId: text(),
    jobName: text(),
    state: choice(...IMAGE_BUILD_STATES),
    phase: optional(text('prepare, build, push or attest, while it is running')),
    reason: optional(text('why it did not succeed, as a word')),
    message: optional(text('why, as a sentence')),
    user: optional(text()),
    kind: optional(text()),
    source: optional(text()),
    target: optional(text('USER:TAG')),
    image: optional(image),
    reusedFrom: optional(text('the build that made this very image')),
    extends: optional(text('the build whose image was extended by the difference')),
    attempts: optional(count()),
    createdAt: optional(text('ISO 8601')),
    startedAt: optional(text('ISO 8601')),
    endedAt: optional(text('ISO 8601')),
    attestation: optional(text('attached, failed or off')),
  }),
  'image-build-log': object({ buildId: text(), text: text('what was printed meanwhile') }),
  'image-build-notice': object({ buildId: text(), message: text() }),
  'image-report': object({
    buildId: text(),
    digest: text('of the manifest in the registry'),
    sizeBytes: count('of all layers, compressed'),
    addedBytes: count('of the layers that the build added'),
    layers: list(object<RemoteLayer>({ digest: text(), sizeBytes: count('compressed'), isAdded: flag() })),
    packages: list(
      object<RemotePackage>({
        name: text(),
        version: text(),
        purl: text(),
        license: optional(text()),
        sizeBytes: optional(count('unpacked')),
        isAdded: flag('whether a layer that the build added has it'),
      }),
    ),
    attached: object<ImageBuildLines['image-report']['attached']>({
      sbom: optional(text('digest of its manifest')),
      provenance: optional(text('digest of its manifest')),
    }),
  }),
  'image-attached': object({
    buildId: text(),
    name: choice('sbom', 'provenance'),
    digest: text('of its manifest in the registry'),
    document: text('JSON, as the registry has it'),
  }),
  'image-key': object({ keyId: text('sha256:… of the key in DER'), pem: text() }),
  'image-verified': object({
    registry: text('its host'),
    repository: text(),
    reference: text('tag or digest'),
    digest: text('of the manifest in the registry'),
    statements: list(
      object<VerifiedStatement>({
        predicateType: text('a URI'),
        signedBy: text('id of the key'),
        provenance: optional(
          object<VerifiedProvenance>({
            builderId: text('a URI that means the builder'),
            buildId: optional(text()),
            source: optional(text()),
            sourceDigest: optional(text()),
            kind: optional(text()),
            requirementsDigest: optional(text('of the requirement file')),
            target: optional(text('USER:TAG')),
            finishedAt: optional(text('ISO 8601')),
          }),
        ),
      }),
    ),
    others: count('statements that do not count'),
  }),
  'image-builds-cleaned': object({ builds: count('those that are forgotten') }),
};
