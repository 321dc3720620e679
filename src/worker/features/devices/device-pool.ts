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
  /** A task that was claimed is going to take one of each of these, which are not free any more, until this is disposed. */
  expect(kinds: readonly DeviceName[]): Disposable;
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
  const expected = new Set<readonly DeviceName[]>();
  const free = (kind: DeviceName): readonly MachineDevice[] =>
    found[kind].all.filter((device) => found[kind].shared || !inUse.has(device));
  const limiting = (['loopbackVideo', 'loopbackAudio'] as const).filter(
    (kind) => enabled[kind] && found[kind].all.length > 0,
  );
  /** Without those that tasks have been claimed for: these take theirs a little later. */
  const left = (kind: DeviceName): number => {
    const wanted = [...expected].filter((kinds) => kinds.includes(kind)).length;
    return Math.max(0, Math.min(free(kind).length, found[kind].all.length - wanted));
  };
  return {
    free: () => Math.min(...limiting.map(left)),
    expect(kinds) {
      const own = [...kinds];
      expected.add(own);
      return { [Symbol.dispose]: () => void expected.delete(own) };
    },
    take(kind) {
      const [device] = enabled[kind] ? free(kind) : [];
      if (device === undefined) return undefined;
      inUse.add(device);
      return { ...device, [Symbol.dispose]: () => void inUse.delete(device) };
    },
  };
}
