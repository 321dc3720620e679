/** A language that the image builder knows. */
export type RuntimeKind = 'go' | 'java' | 'nodejs' | 'php' | 'python' | 'ruby' | 'dotnet';

/** The image that a build makes: `user:image-tag`, the user's own repository and a tag in it. */
export interface BuildTarget {
  /** The login of the user; the repository in the registry. */
  readonly repository: string;
  readonly tag: string;
}

/** One build as somebody asks for it; everything is checked already. */
export interface BuildRequest {
  /** Whose build this is: their login, in lower case. */
  readonly user: string;
  /** The image that is extended, as it was written. */
  readonly source: string;
  readonly target: BuildTarget;
  /** Absent only where there is no `file` either: nothing is installed, the image gets another name. */
  readonly kind?: RuntimeKind;
  /** The requirement file's text. Absent: nothing is installed. */
  readonly file?: string;
  /** Builds although there is an image of the same request, and from the source on. @defaultValue false */
  readonly force?: boolean;
}

/**
 * `queued` → `running` → one of the others, which are for good. A build whose server was lost is `queued` again, or `failed`
 * where it was tried often enough.
 */
export type BuildState = 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled';

/** What a running build does. */
export type BuildPhase = 'prepare' | 'build' | 'push' | 'attest';

/** Why a build did not succeed. */
export type BuildReason =
  | 'requirement-failed' // the extension of the image ended with an error
  | 'source-not-found'
  | 'source-refused' // the registry of the source does not let us
  | 'registry-unreachable'
  | 'registry-refused' // credentials, a full disk, a rule of the registry
  | 'time-limit'
  | 'idle-limit' // it printed nothing for too long
  | 'cancelled'
  | 'backend-failed' // the engine or the cluster could not
  | 'server-lost'; // and it was tried often enough

/** What a build made. */
export interface BuiltImage {
  /** As it is pulled: `HOST/user:image-tag`. */
  readonly reference: string;
  /** `sha256:…` of the manifest in the registry. */
  readonly digest: string;
  /** Of all its layers as the registry has them. Absent: nobody looked. */
  readonly sizeBytes?: number;
  /** Of the layers that the build added. */
  readonly addedBytes?: number;
}

/** Milliseconds since the epoch throughout. */
export interface Build extends Omit<BuildRequest, 'file' | 'force'> {
  /** A UUID. */
  readonly id: string;
  /** `build-<user>-…`, at most 63 characters; the Job's name where Kubernetes builds. */
  readonly jobName: string;
  /** 64 hexadecimal digits over all that the image depends on; the same key again is the same image. */
  readonly key: string;
  readonly state: BuildState;
  /** Only while it is `running`. */
  readonly phase?: BuildPhase;
  readonly reason?: BuildReason;
  /** Why, in a sentence for people. */
  readonly message?: string;
  /** `sha256:…` of the requirement file's bytes. */
  readonly fileDigest?: string;
  /** The manifest that `source` meant when it was built. */
  readonly sourceDigest?: string;
  readonly image?: BuiltImage;
  /** Nothing was built: the image of this earlier build is the same. */
  readonly reusedFrom?: string;
  /** Only what this build's image lacked was installed: the requirements are its and some more. */
  readonly extends?: string;
  /** How often it was begun. */
  readonly attempts: number;
  readonly createdAt: number;
  readonly startedAt?: number;
  readonly endedAt?: number;
  /** Whether an SBOM and a provenance statement are attached to the image. Absent: it has not come to that. */
  readonly attestation?: 'attached' | 'failed' | 'off';
}
