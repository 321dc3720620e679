const asText = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** How a chart names a light: `Fl(3) 12s`. */
export function character({ flashes, period }) {
  return `Fl${flashes === 1 ? '' : `(${flashes})`} ${period}s`;
}

/** The page with all lights, in the order of their names. */
export function page(lights, version) {
  const sorted = lights.toSorted((a, b) => a.name.localeCompare(b.name, 'en'));
  const rows = sorted.map((light) => `  <li>${asText(light.name)}: ${character(light)}</li>`);
  return `<!doctype html>\n<title>Lighthouses ${version}</title>\n<ul>\n${rows.join('\n')}\n</ul>\n`;
}
