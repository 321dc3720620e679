import type { ImageDetails } from '../../engine/index.ts';
import type { PortSpec, ReadySpec } from '../../pipeline/index.ts';

/** A service that was started, and all that is needed to find out whether it is ready. */
export interface WaitedService {
  /** Of its container. */
  readonly id: string;
  /** What messages call it: its alias. */
  readonly name: string;
  /** In the network that it shares with the box. Empty where nobody knows: then its ports are not asked for from the box. */
  readonly address: string;
  /** As the file has it; absent: its image says. */
  readonly ready?: ReadySpec;
  readonly image: Pick<ImageDetails, 'healthCheck' | 'exposedPorts'>;
  /** Those that the file declares, beside the image's. */
  readonly ports: readonly PortSpec[];
  /** By `performance.now()`. */
  readonly startedAt: number;
  /** Resolves with the exit code when its container ends; may reject when nobody watches any more. */
  readonly exited: Promise<number>;
}
