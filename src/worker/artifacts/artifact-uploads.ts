import { ByteGate } from '../../kernel/index.ts';
import { TaskFailure } from '../task/feature.ts';
import type { TaskContext } from '../task/task-context.ts';
import { asArtifactName, isArtifactName } from './artifact-name.ts';
import { openFile } from './container-files.ts';
import { contentTypeOf } from './content-type.ts';
import { type UploadOptions, uploadArtifact } from './upload-artifact.ts';
import { UploadError } from './upload-error.ts';

/** Uploads of one run that go on at once. */
const AT_ONCE = 8;

/** A file of the container that becomes an artifact. */
export interface FileUpload {
  /** Not looked at yet: the names of files may be anything. */
  readonly name: string;
  /** Absolute, in the container. */
  readonly path: string;
  readonly sizeBytes: number;
  readonly expires: string;
  /** The first time; then the container is asked once more. */
  readonly content: AsyncIterable<Uint8Array>;
}

/** The uploads of one run: so many at once, and none that fails stops the others. */
export class ArtifactUploads {
  readonly #task: TaskContext;
  readonly #containerId: string;
  readonly #options: UploadOptions & { readonly signal: AbortSignal };
  readonly #gate = new ByteGate(AT_ONCE);
  readonly #failures: (UploadError | TaskFailure)[] = [];

  constructor(
    task: TaskContext,
    containerId: string,
    options: UploadOptions & { readonly signal: AbortSignal },
  ) {
    this.#task = task;
    this.#containerId = containerId;
    this.#options = options;
  }

  get signal(): AbortSignal {
    return this.#options.signal;
  }

  /** Resolves when another upload would begin at once. */
  async room(): Promise<void> {
    (await this.#gate.hold(1, this.signal))[Symbol.dispose]();
  }

  /** Resolves when it was uploaded, or has failed for good. Throws `signal.reason`. */
  async upload({ name: wanted, path, sizeBytes, expires, content }: FileUpload): Promise<void> {
    const name = this.#named(wanted);
    if (name === undefined) return;
    using _room = await this.#gate.hold(1, this.signal);
    let first: AsyncIterable<Uint8Array> | undefined = content;
    const open = async (): Promise<AsyncIterable<Uint8Array>> => {
      const now = first;
      first = undefined;
      if (now !== undefined) return now;
      return (await openFile(this.#task, { containerId: this.#containerId, path, signal: this.signal }))
        .content;
    };
    const gzip = !this.#task.settings.skipCompressionExtensions.some((ending) => path.endsWith(ending));
    const upload = { name, contentType: contentTypeOf(path), expires, gzip, open, sizeBytes };
    await this.attempt(name, () => uploadArtifact(this.#task, upload, this.#options));
  }

  /** Does something about an artifact; what goes wrong is told in the log, and at the end. Throws `signal.reason`. */
  async attempt(name: string, action: () => Promise<unknown>): Promise<void> {
    try {
      await action();
    } catch (error) {
      this.signal.throwIfAborted();
      const failure = error instanceof UploadError ? error : new UploadError(String(error), { cause: error });
      this.#task.log.error(`Error uploading "${name}" artifact. ${failure.message}`);
      this.#failures.push(failure);
    }
  }

  /** Throws the first thing that went wrong. */
  finish(): void {
    const [failure] = this.#failures;
    if (failure !== undefined) throw failure;
  }

  #named(wanted: string): string | undefined {
    const name = asArtifactName(wanted);
    if (!isArtifactName(name)) {
      const message = `Error uploading "${wanted.slice(0, 200)}…" artifact. Its name has ${name.length} characters, which is more than the queue takes.`;
      this.#failures.push(new TaskFailure(message));
      return undefined;
    }
    if (name !== wanted)
      this.#task.log.line(`Artifact "${wanted}" is stored as "${name}": names are printable ASCII`);
    return name;
  }
}
