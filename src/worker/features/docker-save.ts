import { packFolder } from '../../archive/index.ts';
import { uploadArtifact } from '../artifacts/index.ts';
import type { Feature } from '../task/feature.ts';
import type { TaskContext } from '../task/task-context.ts';
import { wasAborted } from './run-ended.ts';
import { afterRun } from './store-log.ts';

const IMAGE = 'public/dockerImage.tar';

/** The container and the caches as the task left them, as artifacts. */
export const dockerSave: Feature = {
  name: 'dockerSave',
  default: false,
  start: () => ({
    name: 'dockerSave',
    async stopped(task, { containerId }) {
      if (containerId === undefined || wasAborted(task)) return;
      const signal = afterRun(task);
      const caches = [...task.findings.cacheFolders];
      const saved = [
        saveImage(task, containerId, signal),
        ...caches.map(([name, folder]) => saveCache(task, { name, folder, signal })),
      ];
      // What can be saved is saved, whatever becomes of the rest.
      for (const outcome of await Promise.allSettled(saved))
        if (outcome.status === 'rejected') throw outcome.reason;
    },
  }),
};

/** The configured time from now, and never longer than the task. */
function expiry({ claim, settings, now }: TaskContext): string {
  const own = now() + settings.dockerSaveExpirationMs;
  return new Date(Math.min(own, Date.parse(claim.task.expires))).toISOString();
}

/** Names of images are in lower case and do not end in a dash. */
const imageName = ({ taskId, runId }: TaskContext): string =>
  `slipway-saved-${taskId.toLowerCase().replaceAll('_', '-')}-${runId}:latest`;

async function saveImage(task: TaskContext, containerId: string, signal: AbortSignal): Promise<void> {
  const { engine } = task;
  const reference = imageName(task);
  // The image is gone in a moment; whoever loads it elsewhere finds none of this worker's labels on it.
  const labels = Object.fromEntries(Object.keys(task.labels).map((label) => [label, '']));
  await engine.commitContainer(containerId, { reference, labels });
  try {
    await uploadArtifact(
      task,
      {
        name: IMAGE,
        contentType: 'application/x-tar',
        expires: expiry(task),
        gzip: true,
        async open() {
          const bytes = await engine.saveImage(reference, { signal });
          if (bytes === undefined) throw new Error(`the image ${reference} was removed while it was saved`);
          return bytes;
        },
      },
      { signal },
    );
  } finally {
    await engine.removeImage(reference);
  }
}

async function saveCache(
  task: TaskContext,
  { name, folder, signal }: { readonly name: string; readonly folder: string; readonly signal: AbortSignal },
): Promise<void> {
  const upload = {
    name: `public/cache/${name}.tar`,
    contentType: 'application/x-tar',
    expires: expiry(task),
    gzip: true,
    open: () => packFolder(folder, { name: '', signal }),
  };
  await uploadArtifact(task, upload, { signal });
}
