const CLIPPED = '[output clipped, log limit ';
const LINE_CHARACTERS = 200;

/**
 * Takes what a build prints, piece by piece, and says each time whether BuildKit passes no more of it on for now: of an instruction
 * that prints more than it takes, at once or in all, it says so in a line, and the next line comes when it takes some again.
 */
export function watchClipping(): (text: string) => boolean {
  let line = '';
  let isClipped = false;
  return (text) => {
    const all = line + text;
    const end = all.lastIndexOf('\n');
    if (end > 0) isClipped = all.slice(all.lastIndexOf('\n', end - 1) + 1, end).includes(CLIPPED);
    line = all.slice(end + 1).slice(0, LINE_CHARACTERS);
    return isClipped;
  };
}
