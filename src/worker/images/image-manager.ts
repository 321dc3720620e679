import type { ImageDetails } from '../../engine/index.ts';
import type { PayloadImage } from '../payload/index.ts';
import type { TaskContext } from '../task/task-context.ts';
import { ensureArtifactImage, type LoadedImage } from './artifact-image.ts';
import { ensureNamedImage } from './named-image.ts';
import type { PullNews } from './progress-lines.ts';
import { SharedWork } from './shared-work.ts';

/** An image that is here. */
export interface EnsuredImage {
  /** As the engine knows it: `sha256:…`. */
  readonly id: string;
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  /** SHA-256 in hex of the artifact that it came as. */
  readonly artifactSha256?: string;
}

/** Brings the images of a worker's tasks. */
export interface ImageManager {
  /**
   * The image that a task names: here already, pulled, or loaded from an artifact, as far as the task's scopes go. Several
   * that want the same one wait for one pull. How far it is goes to the task's log. Throws `ImageError`, `EngineError`, or
   * `signal.reason`.
   */
  ensure(task: TaskContext, image: PayloadImage, signal: AbortSignal): Promise<EnsuredImage>;
}

export function createImageManager(): ImageManager {
  const pulls = new SharedWork<ImageDetails, PullNews>();
  const loads = new SharedWork<LoadedImage, string>();
  const digests = new Map<string, string>();
  return {
    async ensure(task, image, signal) {
      if (typeof image === 'string')
        return facts(await ensureNamedImage(task, { name: image, pulls, signal }));
      if (image.type === 'docker-image') {
        return facts(await ensureNamedImage(task, { name: image.name, pulls, signal }));
      }
      const loaded = await ensureArtifactImage(task, { image, loads, digests, signal });
      return { ...facts(loaded.image), artifactSha256: loaded.artifactSha256 };
    },
  };
}

const facts = ({ id, entrypoint, command }: ImageDetails): EnsuredImage => ({ id, entrypoint, command });
