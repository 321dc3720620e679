/** A validator of the other side. */
interface EntityTag {
  readonly isWeak: boolean;
  readonly text: string;
}

// What stands between the quotes may be anything visible but a quote (RFC 9110, section 8.8.3).
const TAG = /[\t ,]*(W\/)?"([\x21\x23-\x7e\x80-\xff]*)"[\t ]*(?=,|$)/y;

/** The tags of a list, up to what is none; `*` is none. */
function parseTags(list: string): EntityTag[] {
  const tags: EntityTag[] = [];
  TAG.lastIndex = 0;
  for (let match = TAG.exec(list); match !== null; match = TAG.exec(list)) {
    tags.push({ isWeak: match[1] !== undefined, text: match[2] ?? '' });
  }
  return tags;
}

/** Whether `If-None-Match` names the content: what differs only in being weak is the same. */
export const matchesWeakly = (list: string, etag: string): boolean =>
  list.trim() === '*' || parseTags(list).some(({ text }) => text === etag);

/** Whether `If-Match` names the content. A weak tag never does. */
export const matchesStrongly = (list: string, etag: string): boolean =>
  list.trim() === '*' || parseTags(list).some(({ isWeak, text }) => !isWeak && text === etag);
