import { checkLogName } from './log-name.ts';
import type { LogStore } from './log-store.ts';

/** A store of which every call looks at the name first. */
export function withCheckedNames(logs: LogStore): LogStore {
  const checked = async <T>(name: string, call: () => Promise<T>): Promise<T> => {
    checkLogName(name);
    return await call();
  };
  return {
    append: (name, offset, bytes) => checked(name, () => logs.append(name, offset, bytes)),
    end: (name) => checked(name, () => logs.end(name)),
    size: (name) => checked(name, () => logs.size(name)),
    remove: (name) => checked(name, () => logs.remove(name)),
    async *read(name, options) {
      checkLogName(name);
      yield* logs.read(name, options);
    },
    list: () => logs.list(),
    [Symbol.asyncDispose]: () => logs[Symbol.asyncDispose](),
  };
}
