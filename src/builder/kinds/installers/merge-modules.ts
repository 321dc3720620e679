/** The file's name in the context. */
export const MERGE_MODULES_FILE = 'slipway-merge.cjs';

/**
 * The program that moves packages from one `node_modules` to another, those that are other or new there: a package is moved as a
 * whole, and what is in it beside its own packages decides. It also makes outlines: a `node_modules` in which each package has
 * its `package.json` and its programs, which is all that npm looks at of packages that it leaves as they are. For every Node
 * since 12.
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

// Whether all of one is in the other, but for the packages inside of a package: then it is an outline that npm has left alone.
function isPart(one, other) {
  if (isLink(one) || !fs.lstatSync(one).isDirectory()) return isSame(one, other);
  return fs.existsSync(other) && !isLink(other) && list(one).every((name) => isPart(join(one, name), join(other, name)));
}

const list = (folder) => fs.readdirSync(folder).filter((name) => name !== 'node_modules').sort();

let moved = 0;
let kept = 0;

function mergeEntry(from, to) {
  if (task === 'merge-outlined' ? isPart(from, to) : isSame(from, to)) {
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

// Names and places of what is in a folder of packages, scopes and links of programs opened.
function entriesOf(folder) {
  return fs.readdirSync(folder).reduce((all, name) => {
    const path = join(folder, name);
    const inner = name === '.bin' || name.startsWith('@') ? fs.readdirSync(path) : undefined;
    return all.concat(inner ? inner.map((one) => join(name, one)) : [name]);
  }, []);
}

function outline(source, to) {
  fs.mkdirSync(to, { recursive: true });
  for (const name of entriesOf(source)) {
    const [one, other] = [join(source, name), join(to, name)];
    const found = fs.lstatSync(one);
    if (!found.isDirectory()) {
      fs.mkdirSync(join(other, '..'), { recursive: true });
      if (found.isSymbolicLink()) outlineLink(one, other);
      else fs.copyFileSync(one, other);
    } else if (fs.existsSync(join(one, 'package.json'))) {
      fs.mkdirSync(other, { recursive: true });
      fs.copyFileSync(join(one, 'package.json'), join(other, 'package.json'));
      if (fs.existsSync(join(one, 'node_modules'))) outline(join(one, 'node_modules'), join(other, 'node_modules'));
    }
  }
}

// npm installs a package again whose program is not where its link leads.
function outlineLink(one, other) {
  const leadsTo = fs.readlinkSync(one);
  fs.symlinkSync(leadsTo, other);
  const [program, place] = [join(one, '..', leadsTo), join(other, '..', leadsTo)];
  if (!one.includes('/.bin/') || !place.startsWith(from + '/') || !fs.existsSync(program) || isThere(place)) return;
  fs.mkdirSync(join(place, '..'), { recursive: true });
  fs.copyFileSync(program, place);
}

const SCRIPTS = ['preinstall', 'install', 'postinstall'];
const OWN_SCRIPTS = SCRIPTS.concat(['prepublish', 'preprepare', 'prepare', 'postprepare']);
const read = (path) => JSON.parse(fs.readFileSync(path, 'utf8').replace(/^\uFEFF/, ''));
const hasScripts = (manifest, names) => names.some((name) => name in Object(manifest.scripts));

// Whether what is new needs more of the others than outlines: it runs something when it is installed, or has some in it.
function needsWhole(from, to) {
  return entriesOf(from).some((name) => {
    const [one, other] = [join(from, name), join(to, name)];
    if (isLink(one) || !fs.existsSync(join(one, 'package.json'))) return false;
    const isNew = !isPart(one, other);
    if (isNew && (hasScripts(read(join(one, 'package.json')), SCRIPTS) || fs.existsSync(join(one, 'binding.gyp')))) return true;
    const inner = join(one, 'node_modules');
    // Packages in a package that is other now would be moved with it, as outlines.
    if (isNew && fs.existsSync(join(other, 'node_modules'))) return true;
    return fs.existsSync(inner) && needsWhole(inner, join(other, 'node_modules'));
  });
}

// Whether what is asked for has no scripts, and is nothing that is made (of a repository, of a folder) when it is installed.
function isPlain(manifest, lock) {
  const packages = Object.keys(lock.packages).map((path) => lock.packages[path]);
  return !hasScripts(manifest, OWN_SCRIPTS) && packages.every(({ link, resolved = 'https:' }) => !link && /^https?:/.test(resolved));
}

const [task, from, to] = process.argv.slice(2);
const target = fs.existsSync(to) ? fs.realpathSync(to) : to;
if (task === 'outline') outline(target, from);
else if (task === 'may-be-outlined') {
  const isFine = isPlain(read('package.json'), read(join(from, '.package-lock.json'))) && !needsWhole(from, target);
  process.exitCode = isFine ? 0 : 1;
} else {
  mergePackages(from, target);
  console.log('slipway: ' + to + ': ' + moved + ' entries new or other, ' + kept + ' as they were');
}
`;
