// An action of OpenWhisk: how long until the next high tide. `ms` comes from the runtime image, and not from here.
const ms = require('ms');

const HIGH_WATER_EVERY = ms('12h') + ms('25m');

function main({ lastHighWater = '2026-01-01T03:10:00Z', now = new Date().toISOString() }) {
  const since = Date.parse(now) - Date.parse(lastHighWater);
  const left = HIGH_WATER_EVERY - (since % HIGH_WATER_EVERY);
  return { highWaterIn: ms(left, { long: true }) };
}

exports.main = main;
