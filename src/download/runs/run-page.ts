import type { RecordedArtifact, RecordedStep, RunRecord } from '../../artifacts/index.ts';
import { formatBytes, formatDuration } from '../../kernel/index.ts';
import { type HtmlValue, html, type Markup } from './html.ts';
import { moment, page } from './page.ts';
import { ARCHIVE_FORMATS, artifactPath, type Carried, folderPage } from './paths.ts';

const badge = (result: string): Markup => html`<span class="badge ${result}">${result}</span>`;

/** The page of one run: how it went, and what can be downloaded. */
export function renderRunPage(record: RunRecord, carried: Carried, now: number): string {
  const { application, pipeline, result, runId, message } = record;
  const title = `${application.name}: ${pipeline}`;
  return page(
    title,
    html`<header>
<h1>${title} ${badge(result)}</h1>
<p class="dim">Run <code>${runId}</code> · ${facts(record)}</p>
${message !== undefined && html`<p>${message}</p>`}
</header>
<main>
<h2>Artifacts</h2>
${artifactCards(record, carried, now)}
${record.steps.length > 0 && stepsTable(record.steps)}
</main>`,
  );
}

function facts({ kind, git, startedAt, finishedAt }: RunRecord): HtmlValue {
  const commit = git?.commit === undefined ? undefined : git.commit.slice(0, 12);
  const source = [git?.branch, commit].filter((text) => text !== undefined);
  return [
    `${kind} · `,
    source.length > 0 && html`<code>${source.join(' @ ')}</code> · `,
    moment(startedAt),
    finishedAt !== undefined && ` · ${formatDuration(finishedAt - startedAt)}`,
  ];
}

function artifactCards(record: RunRecord, carried: Carried, now: number): HtmlValue {
  const { artifacts, result, runId, steps } = record;
  const stepNames = new Map(steps.map(({ safeId, displayName }) => [safeId, displayName]));
  const view: CardView = { runId, stepNames, carried, now };
  if (artifacts.length > 0) return outputFirst(artifacts).map((artifact) => artifactCard(view, artifact));
  const why =
    result === 'running' ? 'The run goes on: nothing is stored yet.' : 'This run stored no artifacts.';
  return html`<p class="dim">${why}</p>`;
}

/** The run's own output before what its steps left, which is stored before it and may be much. */
const outputFirst = (artifacts: readonly RecordedArtifact[]): RecordedArtifact[] =>
  artifacts.toSorted((a, b) => Number(a.safeId !== undefined) - Number(b.safeId !== undefined));

interface CardView {
  readonly runId: string;
  /** By safe id. */
  readonly stepNames: ReadonlyMap<string, string>;
  readonly carried: Carried;
  readonly now: number;
}

function artifactCard({ runId, stepNames, carried, now }: CardView, artifact: RecordedArtifact): Markup {
  const { name, fileName, sizeBytes, sha256, files, storedAt, expiresAt, safeId } = artifact;
  const step = safeId === undefined ? undefined : stepNames.get(safeId);
  const what = [
    step === undefined ? undefined : `left by the step ${step}`,
    formatBytes(sizeBytes),
    files === undefined ? undefined : `${files} ${files === 1 ? 'file' : 'files'}`,
  ];
  const gone = expiresAt !== undefined && expiresAt <= now;
  const ends = gone ? 'expired ' : 'expires ';
  return html`<article class="card">
<h3>${name}</h3>
<div class="dim">${what.filter((text) => text !== undefined).join(' · ')} · stored ${moment(storedAt)}${
    expiresAt !== undefined && html` · ${ends}${moment(expiresAt)}`
  }</div>
<div class="dim mono">sha256:${sha256}</div>
${!gone && html`<nav class="actions" aria-label="${`Download ${name}`}">${actions(runId, { name, fileName, files }, carried)}</nav>`}
</article>`;
}

type Offered = Pick<RecordedArtifact, 'name' | 'fileName'> & { readonly files: number | undefined };

function actions(runId: string, { name, fileName, files }: Offered, carried: Carried): HtmlValue {
  const whole = html`<a class="button" href="${artifactPath(runId, name, {}, carried)}">${fileName}</a>`;
  if (files === undefined) return whole;
  const others = ARCHIVE_FORMATS.filter((as) => !fileName.endsWith(`.${as}`)).map(
    (as) => html`<a class="button" href="${artifactPath(runId, name, { as }, carried)}">${as}</a>`,
  );
  return [
    whole,
    others,
    html`<a class="button" href="${folderPage(runId, name, '', carried)}">Browse files</a>`,
  ];
}

function stepsTable(steps: readonly RecordedStep[]): Markup {
  const rows = steps.map(
    ({ displayName, phase, result, durationMs, message }) => html`<tr>
<td class="name">${displayName}${phase === 'after' && html` <span class="dim">after-step</span>`}${
      message !== undefined && html`<br><span class="dim">${message}</span>`
    }</td>
<td class="${result}">${result}</td>
<td class="number">${result === 'skipped' ? '' : formatDuration(durationMs)}</td>
</tr>`,
  );
  return html`<h2>Steps</h2>
<div class="scroll"><table>
<thead><tr><th>Step</th><th>Result</th><th class="number">Time</th></tr></thead>
<tbody>${rows}</tbody>
</table></div>`;
}
