import { mistakesText, type PayloadMistake, type TaskPayload } from '../payload/index.ts';
import { mistakesOf } from '../payload/mistakes.ts';
import { TaskFailure } from '../task/feature.ts';
import { PipelinePayload } from './schema.ts';

/** What stands beside an image and means nothing beside a pipeline, with what is used in its place. */
const OF_IMAGES = {
  command: 'is for containers of images: the steps of the pipeline are run',
  cache: 'is for containers of images: WERCKER_CACHE_DIR is the cache of a pipeline',
  artifacts: 'is for containers of images: what the steps leave in WERCKER_OUTPUT_DIR is kept',
} as const;

/** What a payload asks for. Throws `TaskFailure` with everything that is wrong with it. */
export function readPipeline(payload: TaskPayload): PipelinePayload {
  const parsed = PipelinePayload.safeParse(payload.pipeline);
  const mistakes = parsed.success ? [] : mistakesOf(parsed.error).map(belowPipeline);
  const all = [...mistakes, ...ofImages(payload)];
  if (parsed.success && all.length === 0) return parsed.data;
  throw new TaskFailure(mistakesText(all), { exception: 'malformed-payload' });
}

const belowPipeline = ({ path, message }: PayloadMistake): PayloadMistake => ({
  path: path === '' || path.startsWith('[') ? `pipeline${path}` : `pipeline.${path}`,
  message,
});

function ofImages(payload: TaskPayload): PayloadMistake[] {
  const { capabilities } = payload;
  const asked = Object.entries(OF_IMAGES).filter(
    ([key]) => Object.keys(payload[key as keyof typeof OF_IMAGES]).length > 0, // the keys of the table above
  );
  const isCapable =
    capabilities.privileged || capabilities.disableSeccomp || Object.keys(capabilities.devices).length > 0;
  return [
    ...asked.map(([path, message]) => ({ path, message })),
    ...(isCapable ? [{ path: 'capabilities', message: 'is for containers of images' }] : []),
  ];
}
