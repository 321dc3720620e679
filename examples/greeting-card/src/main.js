// node src/main.js DATA TEMPLATE OUTPUT CACHE-FOLDER: renders the card.
import { readFileSync, writeFileSync } from 'node:fs';
import { compileCached } from './compile-cached.js';
import { render } from './template.js';

const [dataFile, templateFile, outputFile, cacheFolder] = process.argv.slice(2);
const data = JSON.parse(readFileSync(dataFile, 'utf8'));
const { parts, cached } = compileCached(readFileSync(templateFile, 'utf8'), cacheFolder);
const page = render(parts, data);
writeFileSync(outputFile, page);
console.log(`${outputFile}: ${page.length} characters, template ${cached ? 'from the cache' : 'compiled'}`);
