import { Refusal, type StoredObject } from './stored-object.ts';

type Match = (object: StoredObject) => boolean;

/** `a=b,c==d,e!=f,g`: as much of the API's selectors as these are used for. Throws 400 for others. */
export function labelMatcher(selector: string | null): Match {
  const tests = partsOf(selector).map((part): Match => {
    const [, name, operator, value] = /^([\w./-]+)(?:(==|=|!=)([\w.-]*))?$/.exec(part) ?? [];
    if (name === undefined) throw new Refusal(400, 'BadRequest', `unable to parse requirement: ${part}`);
    return ({ metadata }) => {
      const found = metadata.labels?.[name];
      if (operator === undefined) return found !== undefined;
      return operator === '!=' ? found !== value : found === value;
    };
  });
  return (object) => tests.every((test) => test(object));
}

/** `metadata.name=x,type=Warning`. */
export function fieldMatcher(selector: string | null): Match {
  const tests = partsOf(selector).map((part): Match => {
    const [, path, value] =
      /^(metadata\.name|type|reason|involvedObject\.(?:name|uid|kind))==?(.*)$/.exec(part) ?? [];
    if (path === undefined) throw new Refusal(400, 'BadRequest', `field label not supported: ${part}`);
    return (object) => path.split('.').reduce<unknown>(fieldOf, object) === value;
  });
  return (object) => tests.every((test) => test(object));
}

const partsOf = (selector: string | null): readonly string[] => (selector ? selector.split(',') : []);

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && name in value
    ? (value as Record<string, unknown>)[name] // it is an object that has the name
    : undefined;
}
