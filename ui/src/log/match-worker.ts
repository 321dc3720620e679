import { type MatchRequest, matchLines, patternOf } from './match-lines.ts';

// A thread of its own: an expression may take as long as it likes, and cannot be stopped but with its thread.
self.onmessage = ({ data }: MessageEvent<MatchRequest>) => {
  const pattern = patternOf(data.query);
  const matches = pattern && matchLines(pattern, data.text.split('\n'), data.firstLine);
  if (matches !== undefined) self.postMessage(matches, { transfer: [matches.buffer] });
};
self.postMessage('ready');
