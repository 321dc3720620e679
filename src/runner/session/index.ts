export { sourceText } from './driver.ts';
export { BoxSession, type CommandOutcome, SessionStartError } from './session.ts';
