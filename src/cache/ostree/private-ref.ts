/**
 * What comes from whoever submits, and is for the fleet's workers: the sources of projects, here and where they were
 * submitted, and what pipelines keep from run to run. No project of another build tool can be called so.
 */
const PRIVATE = ['slipway.source', 'slipway.submitted', 'slipway.pipeline-cache'];

/**
 * Whether a ref, or a folder of refs, is not for everybody: no list of refs has it, and reading it over http takes a right.
 * Capitals make no difference: there are file systems to which they are none.
 */
export function isPrivateRef(ref: string): boolean {
  const [first = ''] = ref.split('/', 1);
  return PRIVATE.includes(first.toLowerCase());
}
