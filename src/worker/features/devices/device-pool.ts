import type { DeviceName } from '../../settings.ts';
import { findDevices, type MachineDevice } from './find-devices.ts';

/** A device that a task has; disposing it gives it back, also twice. */
export interface TakenDevice extends MachineDevice, Disposable {}

/** The devices of a machine, shared out among its tasks. */
export interface DevicePool {
  /**
   * How many tasks more they are enough for, whatever these ask for. A kind that the machine does not have, or that is
   * switched off, limits nothing: tasks that want it fail.
   */
  free(): number;
  /** One of a kind; `undefined`: none is free. */
  take(kind: DeviceName): TakenDevice | undefined;
}

export interface DevicePoolOptions {
  /** Which kinds tasks may have. */
  readonly enabled: Readonly<Record<DeviceName, boolean>>;
  /** @defaultValue `/dev` */
  readonly folder?: string;
}

/** Looks for the devices once, and keeps account of them from then on. */
export function createDevicePool({ enabled, folder = '/dev' }: DevicePoolOptions): DevicePool {
  const found = findDevices(folder);
  const inUse = new Set<MachineDevice>();
  const free = (kind: DeviceName): readonly MachineDevice[] =>
    found[kind].all.filter((device) => found[kind].shared || !inUse.has(device));
  const limiting = (['loopbackVideo', 'loopbackAudio'] as const).filter(
    (kind) => enabled[kind] && found[kind].all.length > 0,
  );
  return {
    free: () => Math.min(...limiting.map((kind) => free(kind).length)),
    take(kind) {
      const [device] = enabled[kind] ? free(kind) : [];
      if (device === undefined) return undefined;
      inUse.add(device);
      return { ...device, [Symbol.dispose]: () => void inUse.delete(device) };
    },
  };
}
