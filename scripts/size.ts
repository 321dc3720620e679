// Prints the ten longest files and the ten longest functions under src/ (npm run size). Not a limit: a list for the review to look at.
import { globSync, readFileSync } from 'node:fs';
import ts from 'typescript';

interface Size {
  readonly lines: number;
  readonly what: string;
}

const LISTED = 10;

const sources = globSync('src/**/*.ts').map((path) =>
  ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true),
);
print('files', sources.map(fileSize));
print('functions', sources.flatMap(functionSizes));

function print(title: string, sizes: readonly Size[]): void {
  console.log(`The longest ${title} (lines):`);
  for (const { lines, what } of sizes.toSorted((a, b) => b.lines - a.lines).slice(0, LISTED)) {
    console.log(`  ${String(lines).padStart(5)}  ${what}`);
  }
}

function fileSize(source: ts.SourceFile): Size {
  return { lines: source.text.split('\n').length - 1, what: source.fileName };
}

/** Every function with a body, those inside others too. `describe` callbacks are lists of tests and do not count. */
function functionSizes(source: ts.SourceFile): Size[] {
  const sizes: Size[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) && 'body' in node && node.body !== undefined && !isDescribeCallback(node)) {
      const first = lineOf(source, node.getStart(source));
      const lines = lineOf(source, node.end) - first + 1;
      sizes.push({ lines, what: `${source.fileName}:${first} ${nameOf(node)}` });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return sizes;
}

function lineOf(source: ts.SourceFile, position: number): number {
  return source.getLineAndCharacterOfPosition(position).line + 1;
}

function isDescribeCallback(node: ts.Node): boolean {
  return ts.isCallExpression(node.parent) && /^describe\b/.test(node.parent.expression.getText());
}

function nameOf(node: ts.SignatureDeclaration): string {
  const named = node.name ?? (ts.isVariableDeclaration(node.parent) ? node.parent.name : undefined);
  return named?.getText() ?? '(no name)';
}
