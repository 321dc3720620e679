import type { Engine, Terminal } from '../engine.ts';
import { cutAttachment, cutBytes } from './cut-stream.ts';
import type { FaultPlan, StreamFault } from './fault-plan.ts';
import { abortStop, type Stop, unlessStopped } from './stops.ts';

/** An engine whose calls are recorded, and go wrong as planned. */
export function withFaults(engine: Engine, plan: FaultPlan): Engine {
  const cut = (fault: StreamFault | undefined) => ({ fault, stops: plan.stops });
  return {
    ping: (...given) => plan.call({ method: 'ping', arguments: given }, () => engine.ping(...given)),
    inspectImage: (...given) =>
      plan.call({ method: 'inspectImage', arguments: given }, () => engine.inspectImage(...given)),
    pullImage: (...given) =>
      plan.call({ method: 'pullImage', arguments: given }, () => engine.pullImage(...given)),
    findDigest: (...given) =>
      plan.call({ method: 'findDigest', arguments: given }, () => engine.findDigest(...given)),
    pushImage: (...given) =>
      plan.call({ method: 'pushImage', arguments: given }, () => engine.pushImage(...given)),
    buildImage: (...given) =>
      plan.call({ method: 'buildImage', arguments: given }, (fault) => {
        const [context, options] = given;
        return engine.buildImage(cutBytes(context, cut(fault)), options);
      }),
    pruneBuildCache: (...given) =>
      plan.call({ method: 'pruneBuildCache', arguments: given }, () => engine.pruneBuildCache(...given)),
    listImages: (...given) =>
      plan.call({ method: 'listImages', arguments: given }, () => engine.listImages(...given)),
    saveImage: (...given) =>
      plan.call({ method: 'saveImage', arguments: given }, async (fault) => {
        const tar = await engine.saveImage(...given);
        return tar && cutBytes(tar, { fault, stops: stopsOf(plan, given[1]?.signal) });
      }),
    loadImage: (...given) =>
      plan.call({ method: 'loadImage', arguments: given }, (fault) => {
        const [tar, options] = given;
        return engine.loadImage(cutBytes(tar, cut(fault)), options);
      }),
    tagImage: (...given) =>
      plan.call({ method: 'tagImage', arguments: given }, () => engine.tagImage(...given)),
    removeImage: (...given) =>
      plan.call({ method: 'removeImage', arguments: given }, () => engine.removeImage(...given)),
    createNetwork: (...given) =>
      plan.call({ method: 'createNetwork', arguments: given }, () => engine.createNetwork(...given)),
    inspectNetwork: (...given) =>
      plan.call({ method: 'inspectNetwork', arguments: given }, () => engine.inspectNetwork(...given)),
    listNetworks: (...given) =>
      plan.call({ method: 'listNetworks', arguments: given }, () => engine.listNetworks(...given)),
    removeNetwork: (...given) =>
      plan.call({ method: 'removeNetwork', arguments: given }, () => engine.removeNetwork(...given)),
    createContainer: (...given) =>
      plan.call({ method: 'createContainer', arguments: given }, () => engine.createContainer(...given)),
    attachContainer: (...given) =>
      plan.call({ method: 'attachContainer', arguments: given }, async (fault) =>
        cutAttachment(await engine.attachContainer(...given), cut(fault)),
      ),
    startContainer: (...given) =>
      plan.call({ method: 'startContainer', arguments: given }, () => engine.startContainer(...given)),
    inspectContainer: (...given) =>
      plan.call({ method: 'inspectContainer', arguments: given }, () => engine.inspectContainer(...given)),
    waitContainer: (...given) =>
      plan.call({ method: 'waitContainer', arguments: given }, () => engine.waitContainer(...given)),
    killContainer: (...given) =>
      plan.call({ method: 'killContainer', arguments: given }, () => engine.killContainer(...given)),
    removeContainer: (...given) =>
      plan.call({ method: 'removeContainer', arguments: given }, () => engine.removeContainer(...given)),
    listContainers: (...given) =>
      plan.call({ method: 'listContainers', arguments: given }, () => engine.listContainers(...given)),
    commitContainer: (...given) =>
      plan.call({ method: 'commitContainer', arguments: given }, () => engine.commitContainer(...given)),
    execute: (...given) => plan.call({ method: 'execute', arguments: given }, () => engine.execute(...given)),
    openTerminal: (...given) =>
      plan.call({ method: 'openTerminal', arguments: given }, async () =>
        stopTerminal(await engine.openTerminal(...given), plan),
      ),
    readLogs: (...given) =>
      plan.call({ method: 'readLogs', arguments: given }, () => engine.readLogs(...given)),
    copyIn: (...given) =>
      plan.call({ method: 'copyIn', arguments: given }, (fault) => {
        const [id, path, tar, options] = given;
        return engine.copyIn(id, path, cutBytes(tar, cut(fault)), options);
      }),
    copyOut: (...given) =>
      plan.call({ method: 'copyOut', arguments: given }, async (fault) => {
        const tar = await engine.copyOut(...given);
        return tar && cutBytes(tar, { fault, stops: stopsOf(plan, given[2]?.signal) });
      }),
    [Symbol.asyncDispose]: async () => {
      plan.close();
      await engine[Symbol.asyncDispose]();
    },
  };
}

function stopsOf(plan: FaultPlan, signal: AbortSignal | undefined): Stop[] {
  return [...plan.stops, ...(signal ? [abortStop(signal)] : [])];
}

/** A terminal that breaks off with the engine. */
function stopTerminal(terminal: Terminal, { stops }: FaultPlan): Terminal {
  return {
    output: cutBytes(terminal.output, { fault: undefined, stops }),
    ended: terminal.ended,
    write: (bytes) => unlessStopped(terminal.write(bytes), stops),
    resize: (size) => unlessStopped(terminal.resize(size), stops),
    [Symbol.asyncDispose]: () => terminal[Symbol.asyncDispose](),
  };
}
