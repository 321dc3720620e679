import { createHash } from 'node:crypto';
import { type HtmlValue, html, type Markup } from './html.ts';

const STYLE = `
:root { color-scheme: light dark; --line: #8884; --dim: #767676; --accent: #0b63c5; --good: #18794e; --bad: #c62a2f; --wait: #8f6400; --card: #8881 }
@media (prefers-color-scheme: dark) { :root { --dim: #9a9a9a; --accent: #6cb0ff; --good: #4cc38a; --bad: #ff8589; --wait: #f1b32a } }
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 62rem; padding: 1.5rem 1rem 4rem; font: 16px/1.5 system-ui, sans-serif }
h1 { font-size: 1.5rem; margin: 0 0 .25rem; overflow-wrap: anywhere }
h2 { font-size: 1.1rem; margin: 2rem 0 .5rem }
a { color: var(--accent) }
code, .mono { font: .875em/1.5 ui-monospace, monospace; overflow-wrap: anywhere }
.dim { color: var(--dim) }
.badge { display: inline-block; padding: 0 .55em; border: 1px solid; border-radius: 1em; font-size: .875rem; vertical-align: .15em; font-weight: 600 }
.passed { color: var(--good) } .failed, .lost { color: var(--bad) } .running, .interrupted, .skipped { color: var(--wait) }
.card { border: 1px solid var(--line); border-radius: .5rem; padding: .75rem 1rem; margin: .75rem 0; background: var(--card) }
.card h3 { margin: 0; font-size: 1rem; overflow-wrap: anywhere }
.actions { display: flex; flex-wrap: wrap; gap: .5rem; margin-top: .5rem }
header .actions { margin-bottom: 1.25rem }
.button { border: 1px solid var(--accent); border-radius: .375rem; padding: .15rem .75rem; text-decoration: none }
.button:first-child { background: var(--accent); color: Canvas }
.button:focus-visible, a:focus-visible { outline: 2px solid; outline-offset: 2px }
.scroll { overflow-x: auto }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; padding: .3rem .75rem .3rem 0; border-bottom: 1px solid var(--line); vertical-align: top }
th { font-weight: 600; font-size: .875rem }
td.name { overflow-wrap: anywhere; min-width: 12rem }
.number { text-align: right; white-space: nowrap }
time { white-space: nowrap }
@media (max-width: 40rem) {
  td.name { min-width: 8rem }
  .stacked thead { display: none }
  .stacked tr { display: block; padding: .4rem 0; border-bottom: 1px solid var(--line) }
  .stacked td { display: inline-block; border: 0; padding: 0 .75rem 0 0 }
  .stacked td.name { display: block }
  .stacked td:empty { display: none }
  .stacked td[data-title]::before { content: attr(data-title) ' '; color: var(--dim) }
}
`;

/**
 * What a page may do in a browser: show itself, with this style, and nothing else. Artifacts come from the same address, so a
 * script in one must not run even if it gets there.
 */
export const PAGE_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** A whole page. */
export function page(title: string, content: HtmlValue): string {
  // Referrer: the address of a page has its signature, and is nobody else's business.
  const whole: Markup = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<title>${title} · Slipway</title>
<style>${styleMarkup}</style>
</head>
<body>
${content}
</body>
</html>
`;
  return whole.text;
}

/** The style is ours and has no value in it: nothing to escape. */
const styleMarkup: Markup = html([STYLE] as unknown as TemplateStringsArray); // one text, as a template without values has

/** A moment as machines and people read it, in UTC: what is served does not know where it is read. */
export function moment(at: number): Markup {
  const iso = new Date(at).toISOString();
  return html`<time datetime="${iso}">${iso.slice(0, 19).replace('T', ' ')} UTC</time>`;
}
