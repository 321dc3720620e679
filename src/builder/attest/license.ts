// Of SPDX's list those that packages name: https://spdx.org/licenses. An identifier that is not on SPDX's own list must not be
// in a document, so that what is not here is only repeated in words.
const KNOWN: ReadonlySet<string> = new Set(
  `0BSD AFL-2.1 AFL-3.0 AGPL-3.0 AGPL-3.0-only AGPL-3.0-or-later Apache-1.1 Apache-2.0 Artistic-1.0 Artistic-2.0 BlueOak-1.0.0
   BSD-1-Clause BSD-2-Clause BSD-3-Clause BSD-3-Clause-Clear BSD-4-Clause BSL-1.0 bzip2-1.0.6 CC-BY-3.0 CC-BY-4.0 CC-BY-SA-4.0
   CC0-1.0 CDDL-1.0 CDDL-1.1 CPL-1.0 curl ECL-2.0 EPL-1.0 EPL-2.0 EUPL-1.2 FTL GFDL-1.3-or-later GPL-1.0-or-later GPL-2.0
   GPL-2.0-only GPL-2.0-or-later GPL-3.0 GPL-3.0-only GPL-3.0-or-later HPND ICU ISC LGPL-2.0-only LGPL-2.0-or-later LGPL-2.1
   LGPL-2.1-only LGPL-2.1-or-later LGPL-3.0 LGPL-3.0-only LGPL-3.0-or-later Libpng MIT MIT-0 MPL-1.1 MPL-2.0 MS-PL MulanPSL-2.0
   NCSA OFL-1.1 OpenSSL PHP-3.01 PostgreSQL PSF-2.0 Python-2.0 Ruby TCL Unicode-3.0 Unlicense UPL-1.0 Vim W3C WTFPL X11 Zlib
   zlib-acknowledgement ZPL-2.1`.split(/\s+/),
);

const TOKEN = /\s*(\(|\)|[A-Za-z0-9.+-]+)\s*/y;
const MAX_LENGTH = 200;

/** What a package says of its license, where that is an expression of SPDX with licenses that are known here. */
export function spdxLicense(text: string | undefined): string | undefined {
  if (text === undefined || text.length > MAX_LENGTH) return undefined;
  const tokens = tokensOf(text);
  return tokens !== undefined && isExpression(tokens)
    ? tokens.join(' ').replace(/\( /g, '(').replace(/ \)/g, ')')
    : undefined;
}

function tokensOf(text: string): string[] | undefined {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const token = TOKEN.exec(text)?.[1];
    if (token === undefined) return undefined;
    tokens.push(token);
  }
  return tokens;
}

/** Licenses with `AND` and `OR` between them, in parentheses that match. */
function isExpression(tokens: readonly string[]): boolean {
  let depth = 0;
  let wantsLicense = true;
  for (const token of tokens) {
    if (wantsLicense && token === '(') depth += 1;
    else if (wantsLicense && KNOWN.has(token)) wantsLicense = false;
    else if (!wantsLicense && token === ')' && depth > 0) depth -= 1;
    else if (!wantsLicense && (token === 'AND' || token === 'OR')) wantsLicense = true;
    else return false;
  }
  return depth === 0 && !wantsLicense;
}
