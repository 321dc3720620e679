import { readFileSync } from 'node:fs';

const lines = readFileSync(process.argv[2], 'utf8').trimEnd().split('\n');
const items = lines.map((line) => `  <li>${line.replaceAll('&', '&amp;').replaceAll('<', '&lt;')}</li>`);
console.log(['<ol>', ...items, '</ol>'].join('\n'));
