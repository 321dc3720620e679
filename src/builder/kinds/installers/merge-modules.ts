/** The file's name in the context. */
export const MERGE_MODULES_FILE = 'slipway-merge.cjs';

/**
 * The program that moves packages from one `node_modules` to another, those that are other or new there: a package is moved as a
 * whole, and what is in it beside its own packages decides. For every Node since 12.
 */
export const MERGE_MODULES = `const fs = require('fs');
const { join } = require('path');

const isThere = (path) => fs.existsSync(path) || isLink(path);
const isLink = (path) => {
  try {
    return fs.lstatSync(path).isSymbolicLink();
  } catch {
    return false;
  }
};

// Whether two files or folders are the same, but for the packages inside of a package.
function isSame(one, other) {
  if (!isThere(other)) return false;
  const [a, b] = [fs.lstatSync(one), fs.lstatSync(other)];
  if ((a.mode & 0o170111) !== (b.mode & 0o170111)) return false;
  if (a.isSymbolicLink()) return fs.readlinkSync(one) === fs.readlinkSync(other);
  if (!a.isDirectory()) return a.size === b.size && fs.readFileSync(one).equals(fs.readFileSync(other));
  const [names, others] = [list(one), list(other)];
  return names.join('/') === others.join('/') && names.every((name) => isSame(join(one, name), join(other, name)));
}

const list = (folder) => fs.readdirSync(folder).filter((name) => name !== 'node_modules').sort();

let moved = 0;
let kept = 0;

function mergeEntry(from, to) {
  if (isSame(from, to)) {
    kept += 1;
    const inner = join(from, 'node_modules');
    if (fs.existsSync(inner) && !isLink(from)) mergePackages(inner, join(to, 'node_modules'));
    return;
  }
  moved += 1;
  remove(to);
  fs.renameSync(from, to);
}

function remove(path) {
  if (!isThere(path)) return;
  if (isLink(path) || !fs.lstatSync(path).isDirectory()) return fs.unlinkSync(path);
  for (const name of fs.readdirSync(path)) remove(join(path, name));
  fs.rmdirSync(path);
}

function mergePackages(from, to) {
  fs.mkdirSync(to, { recursive: true });
  for (const name of fs.readdirSync(from)) {
    if (name !== '.bin' && !name.startsWith('@')) mergeEntry(join(from, name), join(to, name));
    else {
      fs.mkdirSync(join(to, name), { recursive: true });
      for (const inner of fs.readdirSync(join(from, name))) mergeEntry(join(from, name, inner), join(to, name, inner));
    }
  }
}

const [from, to] = process.argv.slice(2);
mergePackages(from, fs.existsSync(to) ? fs.realpathSync(to) : to);
console.log('slipway: ' + to + ': ' + moved + ' entries new or other, ' + kept + ' as they were');
`;
