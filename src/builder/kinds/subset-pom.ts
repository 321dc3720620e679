import { type AskedFor, asksForAll } from './asked-for.ts';
import { parseXml, type XmlElement, XmlMistake } from './xml-text.ts';

/** The rule for `pom.xml`: more dependencies of the project itself, and everything else the same, order included. */
export function isPomSubset(olderText: string, newerText: string): boolean {
  const older = readPom(olderText);
  const newer = readPom(newerText);
  if (older === undefined || newer === undefined) return false;
  return older.others === newer.others && asksForAll(newer.dependencies, older.dependencies);
}

interface Pom {
  readonly dependencies: AskedFor;
  readonly others: string;
}

/** `undefined` where it cannot be read, or depends on something twice. */
function readPom(text: string): Pom | undefined {
  try {
    const project = parseXml(text);
    const isTable = (child: XmlElement | string): child is XmlElement =>
      typeof child !== 'string' && child.name === 'dependencies';
    const all = project.children.filter(isTable).flatMap(({ children }) => children);
    const dependencies = new Map(all.map((each) => [coordinates(each), write(each)]));
    if (dependencies.size < all.length) return undefined;
    const others = project.children.filter((child) => !isTable(child));
    return { dependencies, others: write({ ...project, children: others }) };
  } catch (error) {
    if (error instanceof XmlMistake) return undefined;
    throw error;
  }
}

/** What makes it another dependency: all but its version and scope. */
function coordinates(dependency: XmlElement | string): string {
  if (typeof dependency === 'string') return dependency;
  const part = (wanted: string): string =>
    dependency.children
      .map((each) => (typeof each !== 'string' && each.name === wanted ? write(each) : ''))
      .join('');
  return ['groupId', 'artifactId', 'type', 'classifier'].map(part).join(' ');
}

const write = (node: XmlElement | string): string =>
  typeof node === 'string'
    ? JSON.stringify(node)
    : `<${node.name} ${JSON.stringify(node.attributes)}>${node.children.map(write).join('')}</>`;
