import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { page } from './page.js';

const [lights = 'lights.json', folder = 'public'] = process.argv.slice(2);
const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
mkdirSync(folder, { recursive: true });
writeFileSync(`${folder}/index.html`, page(JSON.parse(readFileSync(lights, 'utf8')), version));
