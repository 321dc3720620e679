import { StringDecoder } from 'node:string_decoder';
import { type Attachment, EngineError } from '../engine/index.ts';
import type { RunContext } from './context.ts';

/** A line that goes on for longer is told in pieces. */
const LINE_CHARACTERS = 64 * 1024;

/** Tells what a service prints, as it comes; to be called before it starts, so that nothing is missed. */
export async function tellServiceOutput(
  context: RunContext,
  container: { readonly id: string; readonly name: string },
): Promise<Attachment> {
  const attachment = await context.engine.attachContainer(container.id, { input: false });
  void tellAll(context, container.name, attachment);
  return attachment;
}

async function tellAll(
  { redactor, emit }: RunContext,
  service: string,
  attachment: Attachment,
): Promise<void> {
  const tell = (text: string): void => {
    if (text !== '') emit({ type: 'service-output', at: Date.now(), service, text });
  };
  // The two streams hold lines of their own.
  const streams = { stdout: createLines(redactor.stream()), stderr: createLines(redactor.stream()) };
  try {
    for await (const { stream, bytes } of attachment.output) tell(streams[stream].take(bytes));
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    // An engine that is gone is told by whatever waits for the box.
  }
  for (const { end } of Object.values(streams)) tell(end());
}

interface Lines {
  /** The lines that are whole now, the last line break left out. */
  take(bytes: Buffer): string;
  end(): string;
}

function createLines(masked: ReturnType<RunContext['redactor']['stream']>): Lines {
  const decoder = new StringDecoder('utf8');
  let begun = '';
  return {
    take(bytes) {
      begun += decoder.write(masked.write(bytes));
      const end = begun.length > LINE_CHARACTERS ? begun.length : begun.lastIndexOf('\n');
      const whole = begun.slice(0, Math.max(0, end));
      begun = begun.slice(end + 1);
      return whole;
    },
    end: () => (begun + decoder.end(masked.flush())).replace(/\n$/, ''),
  };
}
