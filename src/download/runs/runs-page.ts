import type { RunRecord } from '../../artifacts/index.ts';
import { formatBytes, formatDuration } from '../../kernel/index.ts';
import { html, type Markup } from './html.ts';
import { moment, page } from './page.ts';
import { runPage } from './paths.ts';

/** The page of the newest runs; `older` is where the ones before them are. */
export function renderRunsPage(records: readonly RunRecord[], older: string | undefined): string {
  return page(
    'Runs',
    html`<h1>Runs</h1>
${records.length === 0 ? html`<p class="dim">No run has left a record here.</p>` : table(records)}
${older !== undefined && html`<p><a href="${older}">Older runs</a></p>`}`,
  );
}

function table(records: readonly RunRecord[]): Markup {
  return html`<div class="scroll"><table class="stacked">
<thead><tr><th>Run</th><th>Result</th><th>Started</th><th class="number">Time</th><th class="number">Artifacts</th></tr></thead>
<tbody>${records.map(row)}</tbody>
</table></div>`;
}

function row(record: RunRecord): Markup {
  const { runId, application, pipeline, result, startedAt, finishedAt, artifacts } = record;
  const sizeBytes = artifacts.reduce((sum, artifact) => sum + artifact.sizeBytes, 0);
  const stored = artifacts.length === 0 ? '' : `${artifacts.length}, ${formatBytes(sizeBytes)}`;
  const time = finishedAt === undefined ? '' : formatDuration(finishedAt - startedAt);
  return html`<tr>
<td class="name"><a href="${runPage(runId)}">${application.name}: ${pipeline}</a><br><code class="dim">${runId}</code></td>
<td class="${result}">${result}</td>
<td>${moment(startedAt)}</td>
<td class="number" data-title="Time">${time}</td>
<td class="number" data-title="Artifacts">${stored}</td>
</tr>`;
}
