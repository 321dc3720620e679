import { type Finder, type FoundPackage, MIB } from './finder.ts';
import { readZipFiles } from './zip.ts';

const PROPERTIES = /^META-INF\/maven\/[^/]+\/[^/]+\/pom\.properties$/;
const REPOSITORY = /^.*\/\.m2\/repository\/(.+)\/([^/]+)\/([^/]+)\/\2-\3\.jar$/;
const MAX_PROPERTIES = 500; // of a jar that has others in it

/** Packages of Java: jars say in themselves what Maven made them as, or their place in a repository does. */
export const mavenFinder: Finder = {
  defines: (path) => path.endsWith('.jar'),
  maxBytes: 64 * MIB,
  *parse(path, content) {
    const found: FoundPackage[] = [];
    for (const one of packagesIn(content)) {
      if (one !== undefined) found.push(one);
      yield undefined;
    }
    const own = ownPackage(path, found) ?? byPlace(path);
    if (own !== undefined) yield { ...own, sizeBytes: content.length };
  },
};

function* packagesIn(jar: Buffer): Generator<FoundPackage | undefined> {
  for (const content of readZipFiles(jar, (name) => PROPERTIES.test(name), { maxFiles: MAX_PROPERTIES }))
    yield content && packageOf(content.toString('latin1'));
}

function packageOf(properties: string): FoundPackage | undefined {
  const value = (key: string): string | undefined =>
    new RegExp(`^${key}[ \\t]*=[ \\t]*(\\S+)[ \\t]*\\r?$`, 'm').exec(properties)?.[1];
  const [namespace, name, version] = ['groupId', 'artifactId', 'version'].map(value);
  if (namespace === undefined || name === undefined || version === undefined) return undefined;
  return { type: 'maven', namespace, name, version };
}

/** Of a jar that has others in it the one that it is called after. */
function ownPackage(path: string, found: readonly FoundPackage[]): FoundPackage | undefined {
  const file = path.slice(path.lastIndexOf('/') + 1);
  const named = found.find(({ name, version }) => file === `${name}-${version}.jar`);
  return (
    named ?? found.find(({ name }) => file.startsWith(name)) ?? (found.length === 1 ? found[0] : undefined)
  );
}

function byPlace(path: string): FoundPackage | undefined {
  const [, group, name, version] = REPOSITORY.exec(`/${path}`) ?? [];
  if (group === undefined || name === undefined || version === undefined) return undefined;
  return { type: 'maven', namespace: group.replaceAll('/', '.'), name, version };
}
