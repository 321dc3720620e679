import type { ArtifactManifest } from '../../artifacts/index.ts';
import { formatBytes } from '../../kernel/index.ts';
import type { FolderChild } from './folder-children.ts';
import { type HtmlValue, html, type Markup } from './html.ts';
import { page } from './page.ts';
import { ARCHIVE_FORMATS, artifactPath, type Carried, folderPage, runPage } from './paths.ts';
import { isViewable } from './viewable.ts';

export interface FolderView {
  readonly manifest: Pick<ArtifactManifest, 'runId' | 'name' | 'fileName'>;
  /** From the artifact's top; `''` is the top. */
  readonly folder: string;
  readonly children: readonly FolderChild[];
  readonly carried: Carried;
}

const MAX_ROWS = 5000; // a page of more takes a browser seconds; the archives have all of them

/** The page of one folder in an artifact. */
export function renderFolderPage(view: FolderView): string {
  const { manifest, folder, children, carried } = view;
  const { runId, name } = manifest;
  const of = folder === '' ? {} : { path: folder };
  const archives = ARCHIVE_FORMATS.map(
    (as) => html`<a class="button" href="${artifactPath(runId, name, { ...of, as }, carried)}">${as}</a>`,
  );
  const left = children.length - MAX_ROWS;
  return page(
    `${name}/${folder}`,
    html`<header>
<h1>${crumbs(view)}</h1>
<p class="dim"><a href="${runPage(runId, carried)}">Run <code>${runId}</code></a></p>
<nav class="actions" aria-label="Download this folder">${archives}</nav>
</header>
<main class="scroll"><table>
<thead><tr><th>Name</th><th class="number">Size</th><th></th></tr></thead>
<tbody>${children.slice(0, MAX_ROWS).map((child) => row(view, child))}</tbody>
</table>
${children.length === 0 && html`<p class="dim">This folder is empty.</p>`}
${left > 0 && html`<p>${left} more are not shown: the archives above have them.</p>`}
</main>`,
  );
}

function crumbs({ manifest: { runId, name }, folder, carried }: FolderView): HtmlValue {
  const parts = folder === '' ? [] : folder.split('/');
  const places = [name, ...parts].map((text, index) => ({ text, path: parts.slice(0, index).join('/') }));
  return places.map(({ text, path }, index) =>
    index === places.length - 1
      ? html`<span>${text}</span>`
      : html`<a href="${folderPage(runId, name, path, carried)}">${text}</a> / `,
  );
}

function row({ manifest: { runId, name }, carried }: FolderView, child: FolderChild): Markup {
  const { path, type } = child;
  if (type === 'folder') {
    const size = `${formatBytes(child.sizeBytes)}, ${child.files} ${child.files === 1 ? 'file' : 'files'}`;
    return html`<tr><td class="name"><a href="${folderPage(runId, name, path, carried)}">${child.name}/</a></td><td class="number">${size}</td><td></td></tr>
`;
  }
  const file = html`<a href="${artifactPath(runId, name, { path }, carried)}">${child.name}</a>`;
  const target = type === 'link' && html` <span class="dim">→ ${child.target}</span>`;
  const view =
    isViewable(child.name) &&
    html`<a href="${artifactPath(runId, name, { path, view: true }, carried)}">view</a>`;
  return html`<tr><td class="name">${file}${target}</td><td class="number">${type === 'file' && formatBytes(child.sizeBytes)}</td><td class="number">${view}</td></tr>
`;
}
