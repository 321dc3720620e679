/** A package that an image has. */
export interface ImagePackage {
  readonly name: string;
  readonly version: string;
  /** `pkg:npm/lodash@4.17.21` */
  readonly purl: string;
  /** As the package says it, an SPDX expression or other words. */
  readonly license?: string;
  /** What its files take, unpacked. Absent: its files are not known. */
  readonly sizeBytes?: number;
  /** Whether a layer that the build added has it. */
  readonly isAdded: boolean;
}

/** One layer of an image. */
export interface ReportedLayer {
  readonly digest: string;
  /** As the registry has it, compressed. */
  readonly sizeBytes: number;
  readonly isAdded: boolean;
}

/** What is in an image, and how large that is. */
export interface ImageReport {
  readonly digest: string;
  readonly sizeBytes: number;
  readonly addedBytes: number;
  /** From the lowest up. */
  readonly layers: readonly ReportedLayer[];
  /** By name. */
  readonly packages: readonly ImagePackage[];
  /** Digests of the manifests of what is attached. */
  readonly attached: { readonly sbom?: string; readonly provenance?: string };
}
