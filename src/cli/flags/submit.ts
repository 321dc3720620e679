import type { Flag } from '../flag.ts';
import { QUEUE_ADDRESS } from './task.ts';

export const SUBMIT_BUILD_FLAGS: readonly Flag[] = [...QUEUE_ADDRESS];
