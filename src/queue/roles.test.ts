import { describe, expect, it } from 'vitest';
import { satisfies, scopesOfRole } from '../auth/index.ts';
import { AUTH_SERVICE } from './neighbours/auth-methods.ts';
import { OBJECT_SERVICE } from './neighbours/objects/object-methods.ts';
import { PURGE_CACHE_SERVICE } from './neighbours/purge-cache/purge-methods.ts';
import { INDEX_SERVICE } from './neighbours/task-index/index-methods.ts';
import { OWN_SERVICE } from './own-routes/own-service.ts';
import { QUEUE_SERVICE } from './routes/queue-service.ts';
import { fillIn, namesOf, type ScopeTemplate } from './service/scope-template.ts';

const SERVICES = [
  QUEUE_SERVICE,
  OWN_SERVICE,
  INDEX_SERVICE,
  PURGE_CACHE_SERVICE,
  OBJECT_SERVICE,
  AUTH_SERVICE,
];

interface Row {
  readonly name: string;
  readonly verb: string;
  readonly scopes: ScopeTemplate;
}
const METHODS: readonly Row[] = SERVICES.flatMap(({ name: service, methods }) =>
  methods.flatMap(({ name, verb, scopes }) =>
    scopes === undefined ? [] : [{ name: `${service}.${name}`, verb, scopes }],
  ),
);

/** They look at something, and have a body that says at what. */
const READING_WITH_BODY = ['queue.tasks', 'queue.statuses', 'index.findTasksAtIndex', 'auth.expandScopes'];
/** They read as workers do, or bytes that are asked for elsewhere. */
const NO_PAGES = ['purge-cache.purgeRequests', 'object.object', 'object.download', 'object.startDownload'];

const LISTS = ['scopes', 'routes', 'priorities', 'taskIds', 'names', 'properties', 'indexPaths'];
const ARTIFACT = 'public/a.txt';

function needed(template: ScopeTemplate) {
  const value = (name: string): string | string[] =>
    LISTS.includes(name) ? [name === 'names' ? ARTIFACT : 'x'] : name === 'name' ? ARTIFACT : 'x';
  return fillIn(template, Object.fromEntries(namesOf(template).map((name) => [name, value(name)])));
}
/** With what everybody may. */
const may = (role: 'reader' | 'operator', { scopes }: Row): boolean =>
  satisfies([...scopesOfRole(role), 'queue:get-artifact:public/*'], needed(scopes));

const isReading = ({ name, verb }: Row): boolean => verb === 'GET' || READING_WITH_BODY.includes(name);

describe('a reader', () => {
  it.each(METHODS.filter((row) => isReading(row) && !NO_PAGES.includes(row.name)))(
    'may call $name, which shows something',
    (row) => {
      expect(may('reader', row)).toBe(true);
    },
  );

  it.each(METHODS.filter((row) => !isReading(row) && row.name !== 'object.startDownload'))(
    'may not call $name, which changes something',
    (row) => {
      expect(may('reader', row)).toBe(false);
    },
  );
});

describe('an operator', () => {
  const WORKERS =
    /claim|report|createArtifact|finishArtifact|declareWorker|stopWaiting|loseRuns|Upload|purgeRequests/;
  it.each(METHODS.filter(({ name }) => !(WORKERS.test(name) || NO_PAGES.includes(name))))(
    'may call $name',
    (row) => {
      // Which scopes a task gets is a matter of its own: whoever makes it has to have them.
      const own = row.name === 'queue.createTask' ? { ...row, scopes: without(row.scopes) } : row;
      expect(may('operator', own)).toBe(true);
    },
  );

  it.each(
    METHODS.filter(({ name }) =>
      /claim(?!ed)|report|createArtifact|declareWorker|stopWaiting|loseRuns/.test(name),
    ),
  )('may not call $name, which is for workers', (row) => {
    expect(may('operator', row)).toBe(false);
  });
});

function without(template: ScopeTemplate): ScopeTemplate {
  if (typeof template === 'string' || !('AllOf' in template)) return template;
  return {
    AllOf: template.AllOf.filter(
      (each) => typeof each === 'string' || !('in' in each && each.in === 'scopes'),
    ),
  };
}
