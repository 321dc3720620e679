/** A project that git has to fetch. */
export interface GitTarget {
  readonly url: string;
  /** A branch, a tag or a commit; absent: what the repository itself begins with. */
  readonly ref?: string;
  /** The host's name; empty for a folder. */
  readonly domain: string;
  readonly owner: string;
  readonly repository: string;
}

const SCHEMES = ['http:', 'https:', 'ssh:', 'git:', 'file:'];
// On these a page of two parts is a repository, never an archive.
const KNOWN_HOSTS = ['github.com', 'gitlab.com', 'bitbucket.org'];
const NAME = '[A-Za-z0-9_][A-Za-z0-9_.-]*';
const SHORT = new RegExp(`^(${NAME})/(${NAME})$`);
const SCP_LIKE = new RegExp(`^(?:${NAME}@)?(${NAME}):(?![:-]|//)(.+)$`);
// Nothing that git could take for an option, a range or a pattern.
const REF = /^[A-Za-z0-9_][A-Za-z0-9_./+@-]*$/;

/** The short form's two names; `undefined` when the text is none. */
export function ownerAndProject(text: string): { owner: string; project: string } | undefined {
  const [, owner, project] = SHORT.exec(text.replace(/#.*$/, '')) ?? [];
  return owner === undefined || project === undefined ? undefined : { owner, project };
}

/**
 * Reads `OWNER/PROJECT`, `https://…/x.git`, `git+https://…`, `ssh://…`, `git://…`, `file://…` and `user@host:path`, each
 * with an optional `#ref`; `undefined` when the text is none of them. A string says what is wrong with one that is.
 */
export function parseGitTarget(text: string, defaultDomain: string): GitTarget | string | undefined {
  const [address = '', ...after] = text.split('#');
  const ref = after.join('#');
  const target = parseAddress(address, defaultDomain);
  if (target === undefined) return undefined;
  if (text.includes('#') && (!REF.test(ref) || ref.includes('..'))) {
    return `"${ref}" behind the # is no branch, tag or commit`;
  }
  return ref === '' ? target : { ...target, ref };
}

function parseAddress(address: string, defaultDomain: string): GitTarget | undefined {
  const short = ownerAndProject(address);
  if (short !== undefined) {
    const { owner, project } = short;
    const path = `${owner}/${project.replace(/\.git$/, '')}`;
    return named(`https://${defaultDomain}/${path}.git`, defaultDomain, path);
  }
  const scp = /^[a-z+]+:\/\//i.test(address) ? null : SCP_LIKE.exec(address);
  if (scp !== null) return named(address, scp[1] ?? '', scp[2] ?? '');
  const url = URL.parse(address.replace(/^git\+/, ''));
  if (url === null || !SCHEMES.includes(url.protocol) || !isRepository(address, url)) return undefined;
  return named(url.href, url.hostname, url.pathname);
}

/** Of web addresses only some are repositories; the others are archives. */
function isRepository(address: string, url: URL): boolean {
  if (address.startsWith('git+') || !/^https?:$/.test(url.protocol)) return true;
  const isPage = KNOWN_HOSTS.includes(url.hostname) && /^\/[^/]+\/[^/]+\/?$/.test(url.pathname);
  return /\.git\/?$/.test(url.pathname) || isPage;
}

function named(url: string, domain: string, path: string): GitTarget {
  const parts = path.split('/').filter(Boolean);
  const repository = (parts.at(-1) ?? '').replace(/\.git$/, '') || 'project';
  return { url, domain, owner: parts.at(-2) ?? '', repository };
}
