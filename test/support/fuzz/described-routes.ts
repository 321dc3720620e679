import fc from 'fast-check';
import { ask } from '../ask.ts';
import { ofPattern, type Schema, value } from './from-schema.ts';
import { encoded, hostileBody, hostilePart, hostileText } from './hostile-values.ts';

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly schema?: Schema;
}

interface Operation {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content?: Readonly<Record<string, { readonly schema?: Schema }>> };
}

interface Description {
  readonly servers?: readonly { readonly url: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

/** One thing that can be asked of a server. */
export interface Route {
  readonly method: string;
  /** `/task/{taskId}/status`, with what is before it. */
  readonly path: string;
  /** Patterns of what stands in the path. */
  readonly parts: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly body?: Schema;
}

/** All that a description tells of. */
export async function describedRoutes(url: string, place: string): Promise<Route[]> {
  const { status, text } = await ask(url, place);
  if (status !== 200) throw new Error(`${place} answers ${status}`);
  const { servers = [], paths }: Description = JSON.parse(text);
  const base = servers[0]?.url ?? '';
  return Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([verb, operation]) => routeOf(`${base}${path}`, verb, operation)),
  );
}

function routeOf(path: string, verb: string, { parameters = [], requestBody }: Operation): Route {
  const patterns = (where: string): Record<string, string> =>
    Object.fromEntries(
      parameters
        .filter((each) => each.in === where)
        .map(({ name, schema }) => [name, schema?.pattern ?? '^.{1,20}$']),
    );
  const schema = Object.values(requestBody?.content ?? {})[0]?.schema;
  return {
    method: verb.toUpperCase(),
    path,
    parts: patterns('path'),
    query: patterns('query'),
    ...(schema !== undefined && { body: schema }),
  };
}

/** What is sent to a route. */
export interface Shot {
  readonly method: string;
  readonly path: string;
  readonly body: Buffer | undefined;
}

const rarely = <T>(usual: fc.Arbitrary<T>, strange: fc.Arbitrary<T>): fc.Arbitrary<T> =>
  fc.oneof({ weight: 3, arbitrary: usual }, { weight: 1, arbitrary: strange });

/** Requests for a route: most parts as they ought to be, so that what is behind the first check is reached, and some not at all. */
export function shotsAt(
  { method, path, parts, query, body }: Route,
  known: Readonly<Record<string, string>>,
): fc.Arbitrary<Shot> {
  const part = (name: string, pattern: string): fc.Arbitrary<string> => {
    const right = ofPattern(pattern).map(encoded);
    const there = known[name];
    return rarely(there === undefined ? right : fc.oneof(fc.constant(encoded(there)), right), hostilePart);
  };
  const named = fc.record(
    Object.fromEntries(Object.entries(parts).map(([name, pattern]) => [name, part(name, pattern)])),
  );
  const asked = fc.record(
    Object.fromEntries(
      Object.entries(query).map(([name, pattern]) => [
        name,
        rarely(ofPattern(pattern), hostileText).map(encoded),
      ]),
    ),
    { requiredKeys: [] },
  );
  const sent: fc.Arbitrary<Buffer | undefined> =
    body === undefined
      ? rarely(fc.constant(undefined), hostileBody)
      : rarely(
          value(body).map((each) => Buffer.from(JSON.stringify(each) ?? 'null')),
          hostileBody,
        );
  return fc
    .record({ named, asked, more: hostileText, isMore: fc.nat(19), sent, verb: fc.nat(29) })
    .map((made) => {
      const filled = path.replace(/\{([^}]+)\}/g, (_whole, name: string) => made.named[name] ?? '');
      const pairs = Object.entries(made.asked).map(([name, text]) => `${encoded(name)}=${text}`);
      if (made.isMore === 0) pairs.push(`${encoded(made.more)}=${encoded(made.more)}`);
      const search = pairs.length === 0 ? '' : `?${pairs.join('&')}`;
      const verb = made.verb === 0 ? 'PATCH' : made.verb === 1 ? 'DELETE' : method;
      return { method: verb, path: `${filled}${search}`, body: made.sent };
    });
}
