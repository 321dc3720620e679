export { sourceText } from './driver.ts';
export { createInbox, type Inbox } from './inbox.ts';
export { makeOutputPipe, PIPE_PATH } from './output-pipe.ts';
export { BoxSession, type CommandOutcome, SessionStartError } from './session.ts';
